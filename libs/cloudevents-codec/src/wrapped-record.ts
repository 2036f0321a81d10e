import { EventSlots } from './event-slots.ts';
import type { EventView } from './event-view.ts';
import type { RecordToRead } from './kafka-record.ts';
import { recordKeyValue, type RecordKeyType } from './record-key.ts';

/** A consumed record with all that a wrapping event tells of it. */
export interface RecordToWrap extends RecordToRead {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970; below 0: the record has none. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
}

/** For whom records are wrapped. */
export interface WrappingRules {
  /** The KafkaSource. */
  readonly namespace: string;
  readonly name: string;
  readonly keyType: RecordKeyType;
}

/** Type of events that wrap records. */
const wrappedType = 'dev.knative.kafka.event';

/**
 * An event about a record that is none itself, as KafkaSources deliver it (dispatcher.md 6, "Wrapping"): the value is the data, the key and
 * the headers are extensions. Never fails; whatever does not fit a header of HTTP is encoded when the event is sent.
 */
export function wrapRecord(record: RecordToWrap, { namespace, name, keyType }: WrappingRules): EventView {
  const { topic, partition, offset, timestampMs, headers, value } = record;
  const slots = new EventSlots();
  slots.specVersion = '1.0';
  slots.typeSlot = wrappedType;
  slots.idSlot = `partition:${partition}/offset:${offset}`;
  slots.sourceSlot = `/apis/v1/namespaces/${namespace}/kafkasources/${name}#${topic}`;
  slots.subjectSlot = `partition:${partition}#${offset}`;
  if (timestampMs >= 0) slots.timeSlot = new Date(timestampMs).toISOString().replace(/\.?0*Z$/u, 'Z');
  slots.data = value;
  const key = recordKeyValue(record.key, keyType);
  if (key !== undefined) {
    slots.setExtension('partitionkey', key);
    slots.setExtension('key', key);
  }
  for (const header of headers) {
    const text = header.value?.toString() ?? '';
    const lowerName = header.name.toLowerCase();
    if (lowerName === 'content-type') {
      slots.contentTypeSlot = text === '' ? undefined : text.toLowerCase();
    } else {
      slots.setExtension(`kafkaheader${lowerName.replace(/[^a-z0-9]/gu, '')}`, text);
    }
  }
  return slots;
}
