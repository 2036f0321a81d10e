import type { ResourceKind } from '../objects/resource-key.ts';
import type { StructuralSchema } from './structural-schema.ts';

const anyText: StructuralSchema = { type: 'text' };
const texts: StructuralSchema = { type: 'map', values: () => anyText };
const anything: StructuralSchema = { type: 'anything' };
const int32Max = 2_147_483_647;

const metadata: StructuralSchema = {
  type: 'object',
  open: true,
  required: ['name'],
  fields: {
    name: {
      type: 'text',
      pattern: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
      expected: 'a Kubernetes name: lower-case letters, digits, "-" and ".", 253 characters at most',
    },
    namespace: {
      type: 'text',
      pattern: /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      expected: 'a Kubernetes namespace: lower-case letters, digits and "-", 63 characters at most',
    },
    uid: { type: 'text', nonEmpty: true },
    generation: { type: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER },
    labels: texts,
    annotations: texts,
  },
};

const reference = {
  type: 'object',
  fields: { apiVersion: anyText, kind: anyText, namespace: anyText, name: anyText },
} as const satisfies StructuralSchema;

const destination: StructuralSchema = {
  type: 'object',
  fields: {
    ref: { ...reference, fields: { ...reference.fields, address: anyText } },
    uri: anyText,
    CACerts: anyText,
    audience: anyText,
  },
};

const delivery: StructuralSchema = {
  type: 'object',
  fields: {
    deadLetterSink: destination,
    retry: { type: 'integer', min: 0, max: int32Max },
    backoffPolicy: { type: 'choice', values: ['exponential', 'linear'] },
    backoffDelay: anyText,
    timeout: anyText,
    retryAfterMax: anyText,
    format: { type: 'choice', values: ['json', 'binary'] },
  },
};

const attributes: StructuralSchema = {
  type: 'map',
  values: () => anyText,
  name: /^[a-z][a-z0-9]*$/,
  expectedName: 'the name of an event attribute: lower-case letters and digits, a letter first',
};

/** Without what it names, a filter would pass every event: nothing in it is dropped (control-plane 19: one dialect per filter). */
const filter: StructuralSchema = {
  type: 'object',
  strict: 'filter dialect',
  single: 'names no filter dialect and passes every event',
  fields: {
    exact: attributes,
    prefix: attributes,
    suffix: attributes,
    all: { type: 'list', items: () => filter },
    any: { type: 'list', items: () => filter },
    get not() {
      return filter;
    },
    cesql: { type: 'text', nonEmpty: true, expected: 'a CloudEvents SQL expression' },
  },
};

const specs: Readonly<Partial<Record<ResourceKind, StructuralSchema>>> = {
  Broker: { type: 'object', fields: { config: reference, delivery } },
  Trigger: {
    type: 'object',
    required: ['subscriber'],
    fields: {
      broker: { type: 'text', nonEmpty: true, expected: 'the name of a Broker in the same namespace' },
      brokerRef: reference,
      filter: { type: 'object', strict: 'part of a filter', fields: { attributes } },
      filters: { type: 'list', items: () => filter },
      subscriber: destination,
      delivery,
    },
  },
  KafkaSink: {
    type: 'object',
    required: ['topic', 'bootstrapServers'],
    fields: {
      topic: { type: 'text', nonEmpty: true, expected: 'the name of a topic' },
      bootstrapServers: {
        type: 'list',
        minItems: 1,
        items: () => ({ type: 'text', nonEmpty: true, expected: 'host:port' }),
      },
      numPartitions: { type: 'integer', min: 1, max: int32Max },
      replicationFactor: { type: 'integer', min: 1, max: 32_767 },
      contentMode: { type: 'choice', values: ['binary', 'structured', ''] },
      auth: {
        type: 'object',
        fields: {
          secret: {
            type: 'object',
            fields: {
              ref: {
                type: 'object',
                required: ['name'],
                fields: { name: { type: 'text', nonEmpty: true, expected: 'the name of a Secret' } },
              },
            },
          },
        },
      },
    },
  },
};

/** The filters of an EventPolicy; the rest of it is judged by Knative Eventing. */
export const eventPolicyFiltersSchema: StructuralSchema = { type: 'list', items: () => filter };

const classDefaults = {
  type: 'object',
  open: true,
  fields: { ...reference.fields, delivery },
} as const satisfies StructuralSchema;

const scopeDefaults: StructuralSchema = {
  type: 'object',
  open: true,
  fields: {
    ...classDefaults.fields,
    brokerClass: anyText,
    brokerClasses: { type: 'map', values: () => classDefaults },
    disallowDifferentNamespaceConfig: { type: 'flag' },
  },
};

/** The shape of `default-br-config` in the ConfigMap `config-br-defaults` (control-plane 18.3). */
export const brokerDefaultsSchema: StructuralSchema = {
  type: 'object',
  open: true,
  fields: { clusterDefault: scopeDefaults, namespaceDefaults: { type: 'map', values: () => scopeDefaults } },
};

/** The shape in which each kind is written (control-plane 15.1, 19, 20). `status` is allowed and not read. */
export function resourceSchema(kind: ResourceKind): StructuralSchema {
  const header = { apiVersion: anyText, kind: anyText, metadata };
  const spec = specs[kind];
  if (spec !== undefined) {
    return {
      type: 'object',
      required: kind === 'Broker' ? ['metadata'] : ['metadata', 'spec'],
      fields: { ...header, spec, status: anything },
    };
  }
  if (kind === 'ConfigMap') {
    return {
      type: 'object',
      required: ['metadata'],
      fields: { ...header, data: texts, binaryData: anything, immutable: anything },
    };
  }
  return { type: 'object', open: true, required: ['metadata'], fields: { ...header } };
}
