import { deterministicUid } from '../objects/deterministic-uid.ts';
import { apiVersions, resourceKinds } from '../objects/resource-key.ts';
import type { ResourceKey, ResourceKind } from '../objects/resource-key.ts';
import { resourceSchema } from './resource-schemas.ts';
import type { ManifestResource, ObjectMetadata } from '../objects/resource-types.ts';
import { pruned, structuralProblems } from './structural-schema.ts';
import type { StructuralProblem } from './structural-schema.ts';

/** What came of one document. */
export interface ParsedResource {
  /** The object with its defaults; absent when there is an error. */
  readonly resource?: ManifestResource;
  /** As far as it can be told, also when there is an error. */
  readonly key?: ResourceKey;
  /** All of them, errors and warnings. */
  readonly problems: readonly StructuralProblem[];
}

/** What an object gets that says nothing about it. */
export interface ParseDefaults {
  /** Default `default`. */
  readonly namespace?: string;
}

/** Annotation that says which implementation serves a Broker. */
export const brokerClassAnnotation = 'eventing.knative.dev/broker.class';

/** The classes of Brokers served here. */
export const brokerClasses: readonly string[] = ['Kafka', 'KafkaNamespaced'];

/**
 * Takes a value as a YAML or JSON parser gave it for one of our objects, or says everything that is wrong with it. Fields
 * without meaning are warned of and dropped; a kind that we do not read is refused by its name.
 */
export function parseResource(document: unknown, defaults: ParseDefaults = {}): ParsedResource {
  const kind = kindOf(document);
  if (typeof kind !== 'string') return { problems: [kind] };
  const schema = resourceSchema(kind);
  const problems = [...structuralProblems(schema, document), ...rulesBetweenFields(kind, document)];
  const key = keyOfDocument(kind, document, defaults.namespace ?? 'default');
  const known = key === undefined ? {} : { key };
  if (key === undefined || problems.some((problem) => problem.severity === 'error')) return { ...known, problems };
  return { ...known, problems, resource: withDefaults(key, pruned(schema, document)) };
}

function kindOf(document: unknown): ResourceKind | StructuralProblem {
  const problem = (path: StructuralProblem['path'], message: string, expected: string): StructuralProblem => ({
    severity: 'error',
    path,
    message,
    expected,
  });
  const kinds = resourceKinds.map((kind) => `${kind} (${apiVersions[kind]})`).join(', ');
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return problem([], 'is not an object', 'a mapping with apiVersion, kind and metadata');
  }
  const { apiVersion, kind } = document as { apiVersion?: unknown; kind?: unknown };
  if (typeof kind !== 'string') return problem(['kind'], 'is missing', kinds);
  const known = resourceKinds.find((candidate) => candidate === kind);
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  if (known === undefined) {
    return problem(
      ['kind'],
      `"${kind}"${version === '' ? '' : ` of ${version}`} is not a kind that is served here`,
      kinds,
    );
  }
  if (version !== apiVersions[known]) {
    return problem(
      ['apiVersion'],
      version === '' ? 'is missing' : `is "${version}"`,
      `"${apiVersions[known]}" for a ${known}`,
    );
  }
  return known;
}

/** What a shape cannot say. */
function rulesBetweenFields(kind: ResourceKind, document: unknown): readonly StructuralProblem[] {
  const { spec, metadata } = document as { spec?: unknown; metadata?: unknown };
  const fields = isRecord(spec) ? spec : {};
  if (kind === 'KafkaSink' && (fields['numPartitions'] == null) !== (fields['replicationFactor'] == null)) {
    const [present, absent] =
      fields['numPartitions'] == null ? ['replicationFactor', 'numPartitions'] : ['numPartitions', 'replicationFactor'];
    return [
      {
        severity: 'error',
        path: ['spec', absent],
        message: `is missing while ${present} is set`,
        expected: 'both, for a topic that is made here, or neither, for one that exists',
      },
    ];
  }
  if (kind === 'Trigger' && fields['brokerRef'] != null) {
    return [
      {
        severity: 'error',
        path: ['spec', 'brokerRef'],
        message: 'is not supported',
        expected: 'the name of a Broker of the same namespace in spec.broker',
      },
    ];
  }
  if (kind === 'Broker' && isRecord(metadata) && isRecord(metadata['annotations'])) {
    const className = metadata['annotations'][brokerClassAnnotation];
    if (typeof className === 'string' && !brokerClasses.includes(className)) {
      return [
        {
          severity: 'warning',
          path: ['metadata', 'annotations', brokerClassAnnotation],
          message: `is "${className}": this Broker is left to whoever serves that class`,
          expected: '"Kafka" to have it served here',
        },
      ];
    }
  }
  return [];
}

function keyOfDocument(kind: ResourceKind, document: unknown, defaultNamespace: string): ResourceKey | undefined {
  const { metadata } = document as { metadata?: unknown };
  if (!isRecord(metadata)) return undefined;
  const name = metadata['name'];
  const namespace = metadata['namespace'] ?? defaultNamespace;
  return typeof name === 'string' && name !== '' && typeof namespace === 'string'
    ? { kind, name, namespace }
    : undefined;
}

function withDefaults(key: ResourceKey, document: unknown): ManifestResource {
  const { metadata, spec, data } = document as {
    metadata: Partial<ObjectMetadata>;
    spec?: Record<string, unknown>;
    data?: Record<string, string>;
  };
  const common = {
    kind: key.kind,
    metadata: {
      namespace: key.namespace,
      name: key.name,
      uid: metadata.uid ?? deterministicUid(key),
      generation: metadata.generation ?? 1,
      resourceVersion: typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '',
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
    },
  };
  // The schema of the kind was checked: the fields are those of its type.
  switch (key.kind) {
    case 'ConfigMap':
      return { ...common, data: data ?? {} } as ManifestResource;
    case 'Secret':
    case 'Service':
      return common as ManifestResource;
    case 'KafkaSink':
      return {
        ...common,
        spec: { ...spec, contentMode: spec?.['contentMode'] === 'structured' ? 'structured' : 'binary' },
      } as unknown as ManifestResource;
    default:
      return { ...common, spec: spec ?? {} } as unknown as ManifestResource;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
