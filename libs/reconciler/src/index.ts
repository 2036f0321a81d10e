/** The public names of `@eventing-kafka/reconciler`, listed one by one. */
export { startReconciler } from './start-reconciler.ts';
export type {
  EgressTrouble,
  ProcessReport,
  Reconciler,
  ReconcilerOptions,
  ReconcilerStatus,
  ResourceReport,
  Roster,
} from './reconciler-types.ts';
export type { DataPlaneIdentities } from './cluster/namespaced-data-planes.ts';
export { heldSecretsAnnotation } from './cluster/held-secrets.ts';
export { transitionText } from './status/transition.ts';
export type { Transition } from './status/transition.ts';
