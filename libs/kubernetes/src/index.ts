/** The public names of `@eventing-kafka/kubernetes`, listed one by one. */
export { isKubernetesError, KubernetesError } from './errors.ts';
export type { KubernetesErrorCode } from './errors.ts';
export { connectKubernetes } from './client/connect-kubernetes.ts';
export type { ConnectKubernetesOptions } from './client/connect-kubernetes.ts';
export type { KubeConfigOptions } from './client/cluster-config.ts';
export type { KubernetesCall, KubernetesClient, StreamOptions } from './client/kubernetes-client.ts';
export { objectPath } from './client/resource-types.ts';
export type { ResourceType } from './client/resource-types.ts';
export type { CallSubject } from './client/response-errors.ts';

export { controllerUidOf, objectText } from './objects/kubernetes-object.ts';
export type {
  KubernetesMetadata,
  KubernetesObject,
  ObjectIdentity,
  OwnerReference,
} from './objects/kubernetes-object.ts';
export {
  applyObject,
  createObject,
  deleteObject,
  mergePatchObject,
  readObject,
  replaceObject,
} from './objects/object-calls.ts';
export type { ApplyOptions, CallOptions, DeleteOptions } from './objects/object-calls.ts';
export { patchFinalizers } from './objects/patch-finalizers.ts';
export type { FinalizerChange, FinalizerOutcome } from './objects/patch-finalizers.ts';
export { decodedData, readSecretData } from './objects/secret-data.ts';
export { createTokenReview, requestToken } from './objects/tokens.ts';
export type { TokenRequest, TokenReviewOutcome } from './objects/tokens.ts';

export { watchObjects } from './watch/watch-objects.ts';
export type { ObjectWatch, WatchObjectsOptions } from './watch/watch-objects.ts';
export type { ObjectChange } from './watch/known-objects.ts';

export { leadByLease } from './lease/lead-by-lease.ts';
export type { LeadByLeaseOptions } from './lease/lead-by-lease.ts';
export type { Leadership } from './lease/held-lease.ts';
export { startEventRecorder } from './events/event-recorder.ts';
export type { EventRecorder, EventRecorderOptions } from './events/event-recorder.ts';
export type { EventObject, RecordedEvent } from './events/pending-events.ts';
