import type { ServedKey } from '../objects/resource-key.ts';
import type { KafkaSink, ServedResource } from '../objects/resource-types.ts';
import { objectMetadata } from './object-metadata.ts';
import { brokerNameOf } from './rules-between-fields.ts';
import { isRecord } from './structural-schema.ts';
import type { StructuralProblem } from './structural-schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is left of an object whose spec cannot be taken: who it is, of a Trigger whose it is, and of a KafkaSink where its topic is, so that
 * what is wrong can be told, and what was made for it can be deleted with it.
 */
export function refusedObject(
  key: ServedKey,
  document: unknown,
  invalid: readonly StructuralProblem[],
): ServedResource {
  const metadata = objectMetadata(key, document);
  const fields = fieldsOf(isRecord(document) ? document['spec'] : undefined);
  switch (key.kind) {
    case 'Broker':
      return { kind: key.kind, metadata, spec: {}, invalid };
    case 'Trigger':
      return {
        kind: key.kind,
        metadata,
        spec: { broker: brokerNameOf(fields, key.namespace) ?? '', subscriber: {} },
        invalid,
      };
    case 'KafkaSink':
      return { kind: key.kind, metadata, spec: sinkSpec(fields), invalid };
  }
}

function sinkSpec({ topic, bootstrapServers, auth }: Fields): KafkaSink['spec'] {
  const { name } = fieldsOf(fieldsOf(fieldsOf(auth)['secret'])['ref']);
  return {
    topic: typeof topic === 'string' ? topic : '',
    bootstrapServers: Array.isArray(bootstrapServers)
      ? bootstrapServers.filter((server) => typeof server === 'string')
      : [],
    contentMode: 'binary',
    ...(typeof name === 'string' && name !== '' ? { auth: { secret: { ref: { name } } } } : {}),
  };
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
