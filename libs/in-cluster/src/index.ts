/** The public names of `@eventing-kafka/in-cluster`, listed one by one. */
export { boundedRequest } from './bounded-request.ts';
export type { BoundedAnswer, BoundedRequest } from './bounded-request.ts';
export { createInClusterClient, defaultServiceAccountDir } from './in-cluster-client.ts';
export type { InClusterCall, InClusterClient, InClusterOptions } from './in-cluster-client.ts';
export { InClusterError, isInClusterError, refusalOf } from './in-cluster-error.ts';
export { inClusterClientOf, inClusterSettings } from './settings.ts';
export type { InClusterSettings } from './settings.ts';
