/** The public names of `@eventing-kafka/reconciler`, listed one by one. */
export { startReconciler } from './start-reconciler.ts';
export type { Reconciler, ReconcilerOptions, ReconcilerStatus, ResourceReport } from './reconciler-types.ts';
export { transitionText } from './transition.ts';
export type { Transition } from './transition.ts';
