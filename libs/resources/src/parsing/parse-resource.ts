import { apiVersions, isServedKey, resourceKinds } from '../objects/resource-key.ts';
import type { ResourceKey, ResourceKind } from '../objects/resource-key.ts';
import type { ManifestResource, SecretReference, ServedResource } from '../objects/resource-types.ts';
import { eventPolicyOf } from './event-policy.ts';
import { objectMetadata, textsOf } from './object-metadata.ts';
import { refusedObject } from './refused-object.ts';
import { resourceSchema } from './resource-schemas.ts';
import { brokerNameOf, rulesBetweenFields } from './rules-between-fields.ts';
import { sizeProblems } from './size-limits.ts';
import { isRecord, pruned, structuralProblems } from './structural-schema.ts';
import type { StructuralProblem } from './structural-schema.ts';

/** What came of one document. */
export interface ParsedResource {
  /** The object with its defaults; absent when there is an error. */
  readonly resource?: ManifestResource;
  /**
   * The object when there is an error, as far as it could be read: for a source whose objects are there whether we like them or not, so that
   * what is wrong can be told in their conditions, and they can be removed.
   */
  readonly refused?: ServedResource;
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

/** Written by users, or read from an API as they are; a {@link ForeignObject} is made from something else. */
const writtenKinds = resourceKinds.filter((kind) => kind !== 'ForeignObject');

/**
 * Takes a value as a YAML or JSON parser gave it for one of our objects, or says everything that is wrong with it. Fields
 * without meaning are warned of and dropped; a kind that we do not read is refused by its name.
 */
export function parseResource(document: unknown, defaults: ParseDefaults = {}): ParsedResource {
  const kind = kindOf(document);
  if (typeof kind !== 'string') return { problems: [kind] };
  const key = keyOfDocument(kind, document, defaults.namespace ?? 'default');
  const known = key === undefined ? {} : { key };
  const problems = problemsOf(kind, document, key?.namespace);
  if (key === undefined) return { problems };
  // One that counts for nothing is still there: who it admits is admitted by nothing else (security 4).
  if (key.kind === 'EventPolicy') return { ...known, problems, resource: withDefaults(key, document) };
  if (problems.some(({ severity }) => severity === 'error'))
    return { ...known, problems, ...(isServedKey(key) ? { refused: refusedObject(key, document, problems) } : {}) };
  return { ...known, problems, resource: withDefaults(key, pruned(resourceSchema(kind), document)) };
}

function problemsOf(
  kind: ResourceKind,
  document: unknown,
  namespace: string | undefined,
): readonly StructuralProblem[] {
  // What is too large is looked into no further.
  const tooLarge = sizeProblems(kind, document);
  if (tooLarge.length > 0) return tooLarge;
  return [...structuralProblems(resourceSchema(kind), document), ...rulesBetweenFields(kind, document, namespace)];
}

function kindOf(document: unknown): ResourceKind | StructuralProblem {
  const problem = (path: StructuralProblem['path'], message: string, expected: string): StructuralProblem => ({
    severity: 'error',
    path,
    message,
    expected,
  });
  const kinds = writtenKinds.map((kind) => `${kind} (${apiVersions[kind]})`).join(', ');
  if (!isRecord(document)) return problem([], 'is not an object', 'a mapping with apiVersion, kind and metadata');
  const { apiVersion, kind } = document;
  if (typeof kind !== 'string') return problem(['kind'], 'is missing', kinds);
  const known = writtenKinds.find((candidate) => candidate === kind);
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

function keyOfDocument(kind: ResourceKind, document: unknown, defaultNamespace: string): ResourceKey | undefined {
  const { metadata } = document as { metadata?: unknown };
  if (!isRecord(metadata)) return undefined;
  const name = metadata['name'];
  const namespace = metadata['namespace'] ?? defaultNamespace;
  return typeof name === 'string' && name !== '' && typeof namespace === 'string'
    ? { kind, name, namespace }
    : undefined;
}

/** The schema of the kind was checked: the fields are those of its type. */
function withDefaults(key: ResourceKey, document: unknown): ManifestResource {
  const { spec = {}, data } = document as { spec?: Readonly<Record<string, unknown>>; data?: unknown };
  const metadata = objectMetadata(key, document);
  switch (key.kind) {
    case 'ConfigMap':
      return { kind: key.kind, metadata, data: textsOf(data) };
    case 'Secret':
      return { kind: key.kind, metadata, ...caCertificateOf(document) };
    case 'Service':
    case 'ServiceAccount':
      return { kind: key.kind, metadata };
    case 'EventPolicy':
      return eventPolicyOf(metadata, document);
    case 'KafkaSink': {
      const contentMode = spec['contentMode'] === 'structured' ? 'structured' : 'binary';
      return { kind: key.kind, metadata, spec: { ...spec, contentMode } } as unknown as ManifestResource;
    }
    case 'Trigger': {
      const { brokerRef: _brokerRef, ...rest } = spec;
      const broker = brokerNameOf(spec, key.namespace) ?? '';
      return { kind: key.kind, metadata, spec: { ...rest, broker } } as unknown as ManifestResource;
    }
    default:
      return { kind: key.kind, metadata, spec } as unknown as ManifestResource;
  }
}

/** The one value of a Secret that is public, and no other. */
function caCertificateOf(document: unknown): Pick<SecretReference, 'caCertificate'> {
  const { data, stringData } = document as { data?: unknown; stringData?: unknown };
  const plain = textsOf(stringData)['ca.crt'];
  const encoded = textsOf(data)['ca.crt'];
  const text = plain ?? (encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8'));
  return text.includes('-----BEGIN CERTIFICATE-----') ? { caCertificate: text } : {};
}
