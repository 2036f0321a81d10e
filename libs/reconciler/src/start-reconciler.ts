import type { Reconciler, ReconcilerOptions } from './reconciler-types.ts';
import { RunningReconciler } from './running-reconciler.ts';

/**
 * Starts to reconcile: follows the source, brings topics and first offsets about, publishes the contract and derives
 * conditions from what the data plane acknowledges. Resolves at once; the first contract follows when every object has been
 * looked at. Nothing an object holds makes it fail: what is wrong shows in conditions and transitions.
 */
export function startReconciler(options: ReconcilerOptions): Promise<Reconciler> {
  const reconciler = new RunningReconciler(options);
  reconciler.start();
  return Promise.resolve(reconciler);
}
