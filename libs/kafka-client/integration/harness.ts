import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  FeedHandler,
  KafkaClients,
  KafkaCluster,
  KafkaError,
  KafkaRecord,
  OutgoingRecord,
  RecordFeed,
  StartPosition,
} from '../src/index.ts';

/** A Kafka to test against. */
export interface KafkaUnderTest {
  readonly clients: KafkaClients;
  readonly cluster: KafkaCluster;
}

/** A name that no other test uses. */
export function freshName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** Waits until `condition` holds; fails with its name after 15 s. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within 15 s: ${what}`);
    await sleep(5);
  }
}

/** A topic of 4 partitions, as every topic of the embedded Kafka has. */
export async function newTopic(kafka: KafkaUnderTest): Promise<string> {
  const name = freshName('topic');
  await using topics = await kafka.clients.topics(kafka.cluster);
  await topics.create({ name, partitions: 4, replicationFactor: 1 });
  return name;
}

/** A record without a key for partition 0. */
export function textRecord(topic: string, text: string, partition = 0): OutgoingRecord {
  return { topic, key: null, value: Buffer.from(text), headers: [], partition };
}

/** Sends texts in order, each after the one before was acknowledged. */
export async function sendTexts(
  kafka: KafkaUnderTest,
  topic: string,
  texts: readonly string[],
  partition = 0,
): Promise<void> {
  await using producer = await kafka.clients.producer(kafka.cluster);
  for (const text of texts) await producer.send(textRecord(topic, text, partition));
}

/** Reads until there are `count` records. */
export async function readRecords(feed: RecordFeed, count: number, maxRecords = 100): Promise<KafkaRecord[]> {
  const signal = AbortSignal.timeout(15_000);
  const records: KafkaRecord[] = [];
  while (records.length < count) {
    const batch = await feed.nextBatch({ maxRecords, signal });
    if (batch.length === 0) throw new Error(`${records.length} of ${count} records came`);
    records.push(...batch);
  }
  return records;
}

/** Reads texts until there are `count`. */
export async function readTexts(feed: RecordFeed, count: number): Promise<string[]> {
  return (await readRecords(feed, count)).map((record) => record.value?.toString() ?? '');
}

/** Whether a record comes within a while. */
export async function staysSilent(feed: RecordFeed): Promise<boolean> {
  const batch = await feed.nextBatch({ maxRecords: 10, signal: AbortSignal.timeout(400) });
  return batch.length === 0;
}

/** Remembers what a feed says. */
export class RecordingHandler implements FeedHandler {
  readonly owned = new Set<number>();
  readonly events: string[] = [];
  readonly failures: KafkaError[] = [];
  readonly #start: StartPosition;
  /** Runs while partitions are given up. */
  onRevoked: (partitions: readonly number[]) => Promise<void> = () => Promise.resolve();

  constructor(start: StartPosition = 'earliest') {
    this.#start = start;
  }

  assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, StartPosition>> {
    this.events.push(`assigned ${[...partitions].sort().join(' ')}`);
    for (const partition of partitions) this.owned.add(partition);
    return Promise.resolve(new Map(partitions.map((partition) => [partition, this.#start])));
  }

  async revoked(partitions: readonly number[]): Promise<void> {
    this.events.push(`revoked ${[...partitions].sort().join(' ')}`);
    await this.onRevoked(partitions);
    for (const partition of partitions) this.owned.delete(partition);
  }

  lost(partitions: readonly number[]): void {
    this.events.push(`lost ${[...partitions].sort().join(' ')}`);
    for (const partition of partitions) this.owned.delete(partition);
  }

  failed(error: KafkaError): void {
    this.failures.push(error);
  }
}
