import type { EventProducer } from '@eventing-kafka/kafka-client';

/** An event to send. */
export interface TestEvent {
  readonly id: string;
  readonly type?: string;
  readonly key?: string;
  readonly partition?: number;
  readonly data?: string | Buffer;
  readonly extensions?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes events to a topic in binary mode; resolves when Kafka has them all. */
export async function send(producer: EventProducer, topic: string, events: readonly TestEvent[]): Promise<void> {
  await Promise.all(
    events.map((event) =>
      producer.send({
        topic,
        key: event.key ?? null,
        value: event.data === undefined ? Buffer.from('{}') : Buffer.from(event.data),
        headers: Object.entries({
          ce_specversion: '1.0',
          ce_id: event.id,
          ce_source: 'http://localhost',
          ce_type: event.type ?? 'test',
          'content-type': 'application/json',
          ...Object.fromEntries(Object.entries(event.extensions ?? {}).map(([name, value]) => [`ce_${name}`, value])),
          ...event.headers,
        }).map(([name, value]) => ({ name, value })),
        ...(event.partition === undefined ? {} : { partition: event.partition }),
      }),
    ),
  );
}

/** `count` events with ids that tell their order. */
export function numbered(
  count: number,
  more: (index: number) => Partial<TestEvent> = () => ({}),
  prefix = '',
): TestEvent[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}`, ...more(index) }));
}
