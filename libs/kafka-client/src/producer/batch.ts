import { batchHeadBytes, recordFrameBytes } from './record-batch.ts';
import type { ProducerIdentity } from './record-batch.ts';
import type { PendingRecord } from './pending-record.ts';
import type { KafkaError } from '../kafka-error.ts';

/** Times of a batch, in milliseconds of the same clock. */
export interface BatchTimes {
  /** It may be sent from now on, full or not. */
  readonly dueMs: number;
  /** It takes no more records, so that none is given up long before its time. */
  readonly openUntilMs: number;
  /** It is given up. */
  readonly deadlineMs: number;
}

/**
 * Records that go to one partition together, once and in this order. Before it is first sent it takes records; from then on it
 * stays as it is, with its number, until Kafka's last word on it.
 */
export class Batch {
  readonly times: BatchTimes;
  readonly records: PendingRecord[] = [];
  /** Of keys, values and headers. */
  bytes = 0;
  /** Of its encoding, at most. */
  encodedBytes = batchHeadBytes;
  /** Set when it is first sent. */
  identity: ProducerIdentity | undefined;
  sequence = 0;
  /** How often it was sent under this identity. */
  tries = 0;
  /** Its records have their answer; it is here only because Kafka may still have it. */
  settled = false;
  /** What Kafka said last. */
  lastError: KafkaError | undefined;

  constructor(times: BatchTimes) {
    this.times = times;
  }

  /** Whether a record of `encodedBytes` may join. */
  takes(encodedBytes: number, maxBytes: number, nowMs: number): boolean {
    return (
      this.tries === 0 &&
      this.identity === undefined &&
      !this.settled &&
      this.times.openUntilMs > nowMs &&
      this.encodedBytes + encodedBytes + recordFrameBytes <= maxBytes
    );
  }

  add(record: PendingRecord): void {
    this.records.push(record);
    this.bytes += record.bytes;
    this.encodedBytes += record.encodedBytes + recordFrameBytes;
  }

  /** Two batches of one half each, with the same deadline. */
  halves(): [Batch, Batch] {
    const middle = this.records.length >> 1;
    const first = new Batch(this.times);
    const second = new Batch(this.times);
    for (const [index, record] of this.records.entries()) (index < middle ? first : second).add(record);
    return [first, second];
  }
}
