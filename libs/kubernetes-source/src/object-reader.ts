import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@eventing-kafka/kubernetes';
import { foreignObjectOf, keyOf, parseResource, parseStatus, pathText } from '@eventing-kafka/resources';
import type { ManifestResource, ResourceKey, ResourceStatus, SourceProblem } from '@eventing-kafka/resources';

/** What is kept of an object. */
export interface ReadObject {
  readonly key: ResourceKey;
  /** As far as it can be read; an object that cannot be taken says so itself (`invalid`). */
  readonly object: ManifestResource;
  /** Of a Broker, Trigger or KafkaSink that has one. */
  readonly status?: ResourceStatus;
  /** Errors. What has no effect is the business of admission: an API server has dropped what it does not know. */
  readonly problems: readonly SourceProblem[];
}

/** Reads an object of a kind that we know; undefined: it is none. */
export function readKnownObject(object: KubernetesObject): ReadObject | undefined {
  const { key, resource, refused, problems } = parseResource(object);
  const taken = resource ?? refused;
  if (key === undefined || taken === undefined) return undefined;
  const status = parseStatus(object);
  return {
    key,
    object: taken,
    ...(status === undefined ? {} : { status }),
    problems: problems
      .filter(({ severity }) => severity === 'error')
      .map(({ severity, path, message, expected }) => ({
        severity,
        key,
        ...(path.length === 0 ? {} : { path: pathText(path) }),
        message,
        expected,
      })),
  };
}

/** Reads an object of which only the duck type counts; undefined: it has no name. */
export function readForeignObject(object: KubernetesObject): readonly [ResourceKey, ManifestResource] | undefined {
  const foreign = foreignObjectOf(object);
  return foreign === undefined ? undefined : [keyOf(foreign), foreign];
}

/** An object of which nothing but its existence counts, such as a Service: so that it costs little, and its changes wake nobody. */
export function existenceOf(resource: ManifestResource): ManifestResource {
  return {
    ...resource,
    metadata: { ...resource.metadata, resourceVersion: '', labels: {}, annotations: {} },
  };
}

/** Whether an object is as it was known but for its version, which also grows with what is not kept of it. */
export function isSameButVersion(known: ManifestResource | undefined, object: ManifestResource): boolean {
  if (known === undefined) return false;
  const { resourceVersion } = object.metadata;
  return isDeepStrictEqual({ ...known, metadata: { ...known.metadata, resourceVersion } }, object);
}
