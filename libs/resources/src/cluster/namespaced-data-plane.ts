import { apiVersions } from '../objects/resource-key.ts';
import type { ObjectManifest } from '../objects/resource-source.ts';
import type { Broker } from '../objects/resource-types.ts';
import type { Outcome } from '../planning/outcome.ts';
import { failed, succeeded } from '../planning/outcome.ts';
import { deploymentCopy, plainCopy, serviceCopy } from './manifest-copies.ts';
import { parseExtraResources } from './extra-resources.ts';

/** An object of the system namespace that is copied for the Brokers of a namespace. */
export interface DataPlaneOriginal {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Without it there is no data plane; otherwise it is copied if it is there. */
  readonly required: boolean;
}

/** Label of everything made for a namespaced data plane. */
export const namespacedLabel = 'eventing.knative.dev/namespaced';

const extraResources = 'config-namespaced-broker-resources';

/**
 * What a data plane of a namespace is made from (control-plane 8.3): read these from the system namespace. No RoleBinding is among them:
 * our data planes have no rights but those to single Secrets, which are given where the Secrets are.
 */
export const dataPlaneOriginals: readonly DataPlaneOriginal[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', name: 'kafka-receiver', required: true },
  { apiVersion: 'v1', kind: 'ServiceAccount', name: 'kafka-dispatcher', required: true },
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'config-kafka-broker-data-plane', required: false },
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'config-features', required: false },
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'config-observability', required: false },
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'kafka-config-logging', required: false },
  { apiVersion: 'v1', kind: 'ConfigMap', name: extraResources, required: false },
  { apiVersion: 'v1', kind: 'Service', name: 'kafka-broker-ingress', required: true },
  { apiVersion: 'apps/v1', kind: 'Deployment', name: 'kafka-broker-receiver', required: true },
  { apiVersion: 'apps/v1', kind: 'Deployment', name: 'kafka-broker-dispatcher', required: true },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: 'kafka-broker-receiver', required: false },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: 'kafka-broker-dispatcher', required: false },
];

/** The namespace that gets a data plane. */
export interface TargetNamespace {
  readonly name: string;
  readonly uid: string;
}

/** Labels and annotations that are kept of an original: what others select, scrape or issue certificates by. */
const keptKeys = /knative|cert|monitoring|^(?:app|name)$/;

/**
 * The objects of the data plane of a namespace, for server-side apply in this order, from the originals that were read. All Brokers of
 * class `KafkaNamespaced` that are there, and not on their way out, own them together: they go with the last one. Fails with the name of
 * an original that is missing, or with what is wrong with the template of extra objects.
 */
export function planNamespacedDataPlane(
  namespace: TargetNamespace,
  brokers: readonly Broker[],
  originals: readonly ObjectManifest[],
): Outcome<readonly ObjectManifest[]> {
  const find = ({ kind, name }: Pick<DataPlaneOriginal, 'kind' | 'name'>): ObjectManifest | undefined =>
    originals.find((original) => original.kind === kind && original.metadata.name === name);
  const missing = dataPlaneOriginals.find((original) => original.required && find(original) === undefined);
  if (missing !== undefined)
    return failed(
      `unable to transform dataplane manifest: ${missing.kind} ${missing.name} is not in the system namespace`,
    );
  const extras = parseExtraResources(find({ kind: 'ConfigMap', name: extraResources }), namespace.name);
  if (!extras.ok) return failed(`unable to transform dataplane manifest: ${extras.error}`);

  const copies = dataPlaneOriginals
    .filter(({ name }) => name !== extraResources)
    .map(find)
    .filter((original) => original !== undefined)
    .map((original) => copyOf(original, namespace.name));
  return succeeded([...copies, ...extras.value].map((object) => owned(object, namespace, brokers)));
}

function copyOf(original: ObjectManifest, namespace: string): ObjectManifest {
  const { apiVersion, kind } = original;
  const labels = keptOf(original.metadata.labels);
  const annotations = keptOf(original.metadata.annotations);
  const metadata = {
    namespace,
    name: original.metadata.name,
    labels,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const head = { apiVersion, kind, metadata };
  switch (kind) {
    case 'Deployment':
      return deploymentCopy(head, original, namespace);
    case 'Service':
      return serviceCopy(head, original);
    default:
      return plainCopy(head, original);
  }
}

/** Brokers own what is in their namespace; what is in none is owned by the namespace and goes with it (control-plane 8.3). */
function owned(object: ObjectManifest, namespace: TargetNamespace, brokers: readonly Broker[]): ObjectManifest {
  const ownerReferences =
    object.metadata.namespace === undefined
      ? [{ apiVersion: 'v1', kind: 'Namespace', ...namespace, controller: true, blockOwnerDeletion: false }]
      : brokers
          .map(({ kind, metadata: { name, uid } }) => ({
            apiVersion: apiVersions.Broker,
            kind,
            name,
            uid,
            controller: false,
            blockOwnerDeletion: true,
          }))
          .toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, [namespacedLabel]: 'true' },
      ownerReferences,
    },
  };
}

function keptOf(entries: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).filter(([key]) => keptKeys.test(key)));
}
