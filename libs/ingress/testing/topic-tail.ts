import type { KafkaClients, KafkaRecord, RecordFeed } from '@eventing-kafka/kafka-client';

/** The records of a topic of an embedded Kafka (4 partitions) from its start on, one after the other. */
export class TopicTail implements AsyncDisposable {
  readonly #feed: RecordFeed;
  #waiting: readonly KafkaRecord[] = [];
  #taken = 0;

  constructor(feed: RecordFeed) {
    this.#feed = feed;
  }

  static async open(clients: KafkaClients, bootstrapServers: string, topic: string): Promise<TopicTail> {
    return new TopicTail(
      await clients.reader(
        { bootstrapServers },
        { topic, positions: new Map([0, 1, 2, 3].map((partition) => [partition, 0])) },
      ),
    );
  }

  /** How many records were taken. */
  get taken(): number {
    return this.#taken;
  }

  /** The next record; rejects when none comes in 20 s. */
  async next(): Promise<KafkaRecord> {
    const signal = AbortSignal.timeout(20_000);
    while (this.#waiting.length === 0) {
      this.#waiting = await this.#feed.nextBatch({ maxRecords: 1000, signal });
      signal.throwIfAborted();
    }
    const [record, ...rest] = this.#waiting;
    this.#waiting = rest;
    this.#taken += 1;
    if (record === undefined) throw new Error('unreachable');
    return record;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#feed[Symbol.asyncDispose]();
  }
}
