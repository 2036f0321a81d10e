import type { Logger } from '@eventing-kafka/logging';
import type { FeedOptions, RecordFeed, StartPosition } from '../interfaces.ts';
import type { ClientProperties } from '../properties.ts';
import type { KafkaRecord } from '../records.ts';
import { PartitionHandover } from './partition-handover.ts';
import { RecordPump } from './record-pump.ts';
import type { PumpEvents } from './record-pump.ts';

const defaultRevokeTimeoutMs = 5000;
const noStarts: ReadonlyMap<number, StartPosition> = new Map();

/**
 * A feed whose partitions come and go, whoever decides about that.
 *
 * ```
 *  given P ──▶ handler.assigned(P) ──▶ fetch P from its answer
 *  taken P ──▶ hand out nothing more of P ──▶ handler.revoked(P), bounded ──▶ let go of P
 *  lost P  ──▶ handler.lost(P) ──▶ let go of P
 * ```
 */
export class MemberFeed implements RecordFeed {
  readonly #pump: RecordPump;
  readonly #handover: PartitionHandover;
  #closed: Promise<void> | undefined;
  /** Called once it is closed. */
  onClosed: (() => void) | undefined;

  constructor(options: FeedOptions, logger: Logger, events: Omit<PumpEvents, 'failed' | 'reachedEnd'> = {}) {
    const { handler } = options;
    const failed: PumpEvents['failed'] = (error) => {
      handler.failed(error);
    };
    this.#handover = new PartitionHandover(handler, options.revokeTimeoutMs ?? defaultRevokeTimeoutMs, logger);
    const reachedEnd = handler.reachedEnd?.bind(handler);
    this.#pump = new RecordPump(options.topic, { ...events, failed, reachedEnd }, logger);
  }

  start(properties: ClientProperties, join: boolean): Promise<void> {
    return this.#pump.start(properties, join);
  }

  given(partitions: readonly number[]): Promise<void> {
    return this.#handover.inTurn(async () => {
      // A cooperative group also gives and takes nothing, and waits for an answer to that too.
      const starts = partitions.length === 0 ? noStarts : await this.#handover.starts(partitions);
      if (starts !== undefined) {
        this.#pump.add(starts);
        return;
      }
      // The owner was asked, so it may have begun something.
      this.#pump.decline(partitions);
      await this.#handover.finish(partitions);
    });
  }

  taken(partitions: readonly number[]): Promise<void> {
    return this.#handover.inTurn(async () => {
      this.#pump.withhold(partitions);
      await this.#handover.finish(partitions);
      this.#pump.remove(partitions);
    });
  }

  lost(partitions: readonly number[]): Promise<void> {
    return this.#handover.inTurn(() => {
      this.#pump.withhold(partitions);
      this.#handover.lost(partitions);
      this.#pump.remove(partitions);
      return Promise.resolve();
    });
  }

  nextBatch(options: { readonly maxRecords: number; readonly signal: AbortSignal }): Promise<readonly KafkaRecord[]> {
    return this.#pump.nextBatch(options);
  }

  pause(partitions: readonly number[]): void {
    this.#pump.pause(partitions);
  }

  resume(partitions: readonly number[]): void {
    this.#pump.resume(partitions);
  }

  seek(partition: number, offset: number): Promise<void> {
    return this.#pump.seek(partition, offset);
  }

  position(partition: number): number | undefined {
    return this.#pump.position(partition);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#handover.close();
    // Still a member while the owner finishes, so that nobody else starts on these partitions.
    await this.#handover.inTurn(async () => {
      const { partitions } = this.#pump;
      this.#pump.withhold(partitions);
      await this.#handover.finish(partitions);
    });
    await this.#pump[Symbol.asyncDispose]();
    this.onClosed?.();
  }
}
