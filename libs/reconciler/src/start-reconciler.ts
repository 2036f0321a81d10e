import type { Reconciler, ReconcilerOptions } from './reconciler-types.ts';

/** Starts to reconcile; resolves once the first pass over the source is under way. */
export function startReconciler(_options: ReconcilerOptions): Promise<Reconciler> {
  return Promise.reject(new Error('not built yet'));
}
