import type { AttributeValue, EventView } from '@eventing-kafka/cloudevents-codec';
import type { EventAttributes } from '@eventing-kafka/filters';
import type { KafkaRecord } from '@eventing-kafka/kafka-client';
import type { EventOverrides } from './event-overrides.ts';

/** Extension that carries the partition of an event. */
export const partitionExtension = 'knativekafkapartition';
/** Extension that carries the offset of an event. */
export const offsetExtension = 'knativekafkaoffset';

/**
 * An event as filters see it: with the extensions that its delivery will set. One probe serves a whole filter, so that judging
 * a record allocates nothing.
 */
export class FilterProbe implements EventAttributes {
  readonly #overrides: ReadonlyMap<string, string> | undefined;
  #event: EventView | undefined;
  #record: KafkaRecord | undefined;

  constructor(overrides: EventOverrides) {
    this.#overrides = overrides.extensions.size === 0 ? undefined : overrides.extensions;
  }

  /** Turns the probe to another event. */
  look(event: EventView, record: KafkaRecord): void {
    this.#event = event;
    this.#record = record;
  }

  attribute(name: string): AttributeValue | undefined {
    const override = this.#overrides?.get(name);
    if (override !== undefined) return override;
    if (name === partitionExtension) return this.#record?.partition;
    if (name === offsetExtension) return this.#record?.offset;
    return this.#event?.attribute(name);
  }
}

/** The extensions set on an event before it is delivered. */
export function deliveredExtensions(record: KafkaRecord, overrides: EventOverrides): Record<string, AttributeValue> {
  const extensions: Record<string, AttributeValue> = {
    [partitionExtension]: record.partition,
    [offsetExtension]: record.offset,
  };
  for (const [name, value] of overrides.extensions) extensions[name] = value;
  return extensions;
}
