/** The public names of `@eventing-kafka/manifests`, listed one by one. */
export { watchManifests } from './watch-manifests.ts';
export type { WatchManifestsOptions } from './watch-manifests.ts';
export { ManifestError, isManifestError } from './manifest-error.ts';
export type { ManifestErrorCode } from './manifest-error.ts';
