import type { RecordKeyType, WrappingRules } from '@eventing-kafka/cloudevents-codec';
import { KeyType, type Egress, type Reference, type Resource } from '@eventing-kafka/contract';

/** How records that are no events are made into some. */
export interface RecordWrapping extends WrappingRules {
  /** Equal for equal rules. */
  readonly key: string;
}

/**
 * How an egress wraps records that are no CloudEvents; undefined: they are passed over. A KafkaSource wants each record of its topics
 * (dispatcher.md 6); for it to say where an event came from, its namespace and name must be known.
 */
export function recordWrapping({ reference }: Resource, egress: Egress): RecordWrapping | undefined {
  if (!isSource(reference) && !isSource(egress.reference)) return undefined;
  if (reference === undefined) return undefined;
  const { namespace, name } = reference;
  if (namespace.trim() === '' || name.trim() === '') return undefined;
  const keyType = keyTypes[egress.keyType] ?? 'string';
  return { namespace, name, keyType, key: JSON.stringify([namespace, name, keyType]) };
}

/** Whether a resource is a KafkaSource, by its own reference or that of its egress. */
export function isKafkaSource({ reference, egresses }: Resource): boolean {
  return isSource(reference) || egresses.some((egress) => isSource(egress.reference));
}

function isSource(reference: Reference | undefined): boolean {
  return reference?.kind === 'KafkaSource';
}

const keyTypes: Readonly<Record<number, RecordKeyType>> = {
  [KeyType.Integer]: 'integer',
  [KeyType.Double]: 'double',
  [KeyType.ByteArray]: 'byte-array',
};
