import type { Logger } from '@eventing-kafka/logging';
import type { RecordFeed, StartPosition } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import type { KafkaRecord } from '../records.ts';
import type { ClientProperties } from '../properties.ts';
import { codeOfNativeError, kafkaErrorOfCode, kafkaErrorOfNative, textOfCode } from './error-codes.ts';
import { openConsumer } from './native-client.ts';
import type { NativeConsumer, NativeError, NativeLog, NativePartition, OpenHandle } from './native-client.ts';
import { RecordBuffer } from './record-buffer.ts';
import { recordOf } from './record-of-message.ts';

/** How long nothing may be asked for before partitions are paused inside librdkafka, in milliseconds. */
const unaskedMs = 1000;
/** The poll that keeps group membership alive and serves its events, when nothing else makes us poll. */
const keepAliveMs = 250;
/** After an empty poll the next one waits longer and longer, up to `keepAliveMs`: only for wake-ups that were missed. */
const firstWaitMs = 2;
const seekTimeoutMs = 10_000;
const closeTimeoutMs = 3000;
const nudgeTimeoutMs = 200;
const repeatedTroubleMs = 10_000;

/** What a pump reports. */
export interface PumpEvents {
  /** Trouble; the pump goes on. */
  readonly failed: (error: KafkaError) => void;
  /** The group gave or takes partitions. Only of pumps that joined one. */
  readonly rebalanced?: (code: number, partitions: readonly number[]) => void;
  /** The group dropped us. */
  readonly sessionLost?: () => void;
  /** As `FeedHandler.reachedEnd`. */
  readonly reachedEnd?: ((partition: number, from: number, to: number) => void) | undefined;
}

/**
 * Moves records from a librdkafka consumer to whoever asks, one batch at a time, on request.
 *
 * `consume` takes what librdkafka has fetched and comes back at once: waiting in it would hold one of libuv's four threads
 * per feed. librdkafka logs a line when records arrive, from its network thread, and that line wakes us, so an idle feed
 * costs a few polls a second however fast it must react.
 *
 * ```
 *  asked ──▶ consume ──▶ records: hand out
 *               │  ▲
 *       nothing │  │ wake-up line, or the wait is over (2 ms … 250 ms)
 *               ▼  │
 *              wait
 *
 *  not asked for a second: partitions are paused inside librdkafka, and polls go on, since a consumer that does not poll is
 *  thrown out of its group, and a rebalance waits behind the records that nobody takes
 * ```
 */
export class RecordPump implements RecordFeed {
  readonly topic: string;
  readonly #events: PumpEvents;
  readonly #logger: Logger;
  readonly #open: typeof openConsumer;
  readonly #buffer = new RecordBuffer();
  #native: OpenHandle<NativeConsumer> | undefined;
  #asked: { readonly max: number; readonly answer: (records: readonly KafkaRecord[]) => void } | undefined;
  /** The `consume` under way. */
  #consuming: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = firstWaitMs;
  #wokenUp = false;
  #seeking = 0;
  #stalled = false;
  #lastAskedMs = performance.now();
  readonly #reported = new Map<string, number>();
  #closed: Promise<void> | undefined;
  /** Called once it is closed. */
  onClosed: (() => void) | undefined;

  /** `open` is a parameter so that a test can break it. */
  constructor(topic: string, events: PumpEvents, logger: Logger, open: typeof openConsumer = openConsumer) {
    this.topic = topic;
    this.#events = events;
    this.#logger = logger;
    this.#open = open;
  }

  /** Makes the consumer, and joins its group when `join` is true. */
  async start(properties: ClientProperties, join: boolean): Promise<void> {
    const native = await this.#open(properties, { log: this.#onLog, error: this.#onEvent }, (code, partitions) => {
      if (this.#native === undefined) {
        // The group's last question while it ends. Unasked, this call would wait for a thread that is gone.
        native.handle.unassign();
        return;
      }
      const ours = partitions.filter((entry) => entry.topic === this.topic).map((entry) => entry.partition);
      this.#events.rebalanced?.(code, ours);
      this.hurry();
    });
    this.#native = native;
    if (join) {
      const code = native.handle.subscribe([this.topic]);
      if (code !== 0) {
        await this[Symbol.asyncDispose]();
        throw kafkaErrorOfCode(code, `cannot subscribe to topic ${this.topic}: ${textOfCode(code)}`);
      }
    }
    this.#schedule(0);
  }

  /** Begins fetching partitions. */
  add(starts: ReadonlyMap<number, StartPosition>): void {
    const native = this.#native;
    if (native === undefined) return;
    const partitions = [...starts].map(([partition, start]) => ({
      ...this.#at(partition),
      offset: nativeOffset(start),
    }));
    native.handle.incrementalAssign(partitions);
    for (const [partition, start] of starts) this.#buffer.add(partition, start);
    // librdkafka remembers a pause from the last time a partition was ours.
    if (this.#stalled) native.handle.pause(partitions);
    else native.handle.resume(partitions);
    this.hurry();
  }

  /** Hands out no more records of these partitions, while they stay assigned. */
  withhold(partitions: readonly number[]): void {
    for (const partition of partitions) this.#buffer.remove(partition);
  }

  /** Accepts partitions of which nothing is wanted, since the feed is about to end: a group waits for an answer. */
  decline(partitions: readonly number[]): void {
    this.#native?.handle.incrementalAssign(partitions.map((partition) => ({ ...this.#at(partition), offset: -1 })));
  }

  /** Stops fetching partitions. */
  remove(partitions: readonly number[]): void {
    this.withhold(partitions);
    this.#native?.handle.incrementalUnassign(partitions.map((partition) => this.#at(partition)));
    this.hurry();
  }

  /** Partitions that are read. */
  get partitions(): readonly number[] {
    return this.#buffer.partitions;
  }

  nextBatch(options: { readonly maxRecords: number; readonly signal: AbortSignal }): Promise<readonly KafkaRecord[]> {
    const { maxRecords, signal } = options;
    if (this.#asked !== undefined) {
      return Promise.reject(
        new KafkaError('KAFKA_OTHER', 'nextBatch is called while another call waits: one at a time'),
      );
    }
    if (signal.aborted) return Promise.resolve([]);
    if (this.#closed !== undefined)
      return Promise.reject(new KafkaError('KAFKA_CLOSED', `the feed of topic ${this.topic} is closed`));
    this.#lastAskedMs = performance.now();
    if (this.#buffer.size > 0) return Promise.resolve(this.#take(maxRecords));
    return new Promise((resolve) => {
      const aborted = (): void => {
        this.#asked = undefined;
        resolve([]);
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#asked = {
        max: maxRecords,
        answer: (records) => {
          signal.removeEventListener('abort', aborted);
          this.#asked = undefined;
          this.#lastAskedMs = performance.now();
          resolve(records);
        },
      };
      this.#unstall();
      this.#schedule(0);
    });
  }

  pause(partitions: readonly number[]): void {
    const ours = partitions.filter((partition) => this.#buffer.has(partition) && !this.#buffer.isPaused(partition));
    if (ours.length === 0) return;
    for (const partition of ours) this.#buffer.pause(partition);
    if (!this.#stalled) this.#native?.handle.pause(ours.map((partition) => this.#at(partition)));
  }

  resume(partitions: readonly number[]): void {
    const ours = partitions.filter((partition) => this.#buffer.isPaused(partition));
    if (ours.length === 0) return;
    for (const partition of ours) this.#buffer.resume(partition);
    if (!this.#stalled) this.#native?.handle.resume(ours.map((partition) => this.#at(partition)));
    this.#nudge();
    this.#answer();
  }

  async seek(partition: number, offset: number): Promise<void> {
    this.#seeking += 1;
    try {
      // Records that are on their way out belong to the time before.
      await this.#consuming;
      const deadline = performance.now() + seekTimeoutMs;
      for (;;) {
        const native = this.#native;
        if (native === undefined || this.#closed !== undefined || !this.#buffer.has(partition)) {
          throw new KafkaError(
            'KAFKA_CLOSED',
            `cannot seek in partition ${partition} of ${this.topic}: it is not read here`,
          );
        }
        const error = await trySeek(native.handle, { ...this.#at(partition), offset });
        this.#buffer.moveTo(partition, offset);
        if (error === undefined) return;
        if (performance.now() > deadline) throw kafkaErrorOfNative(error, `cannot seek in ${this.topic}`);
        // The partition is being assigned or moved at this moment; librdkafka says so instead of waiting.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      this.#seeking -= 1;
      this.#schedule(0);
    }
  }

  position(partition: number): number | undefined {
    return this.#buffer.position(partition);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#asked?.answer([]);
    clearTimeout(this.#timer);
    const native = this.#native;
    this.#native = undefined;
    await this.#consuming;
    await native?.close(closeTimeoutMs);
    this.onClosed?.();
  }

  /** Polls soon and often for a while: something goes on. */
  hurry(): void {
    this.#waitMs = firstWaitMs;
    this.#schedule(0);
  }

  readonly #onLog = (line: NativeLog): void => {
    if (line.fac === 'CONSUME') {
      this.#wokenUp = true;
      if (this.#asked !== undefined) this.hurry();
    } else if (line.fac === 'OFFSET' && line.severity <= 4) {
      this.#report(new KafkaError('KAFKA_OFFSET_OUT_OF_RANGE', withoutThread(line.message), { retriable: true }));
    } else if (line.fac === 'SESSTMOUT') {
      this.#events.sessionLost?.();
      this.#logger.warn('Kafka group session lost', { topic: this.topic, text: withoutThread(line.message) });
    } else if (line.severity <= 6) {
      this.#logger.debug('Kafka consumer', { topic: this.topic, facility: line.fac, text: line.message });
    }
  };

  readonly #onEvent = (error: Error): void => {
    this.#report(kafkaErrorOfNative(error, `topic ${this.topic}`));
  };

  #schedule(ms: number): void {
    if (this.#native === undefined || this.#consuming !== undefined) return;
    clearTimeout(this.#timer);
    if (ms === 0) this.#consume();
    else this.#timer = setTimeout(this.#consume, ms);
  }

  readonly #consume = (): void => {
    const native = this.#native;
    if (native === undefined || this.#consuming !== undefined || this.#seeking > 0) return;
    if (this.#asked === undefined && !this.#stall()) {
      // Records wait inside librdkafka, where they are bounded, until somebody asks for them.
      this.#schedule(keepAliveMs);
      return;
    }
    const max = this.#asked?.max ?? 1;
    this.#wokenUp = false;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#consuming = promise;
    native.handle.consume(0, max, (error, messages, ends) => {
      this.#consuming = undefined;
      if (error) this.#consumeFailed(error);
      const count = messages?.length ?? 0;
      if (messages !== undefined && count > 0) this.#buffer.push(messages.map(recordOf));
      for (const { partition, offset } of ends ?? []) this.#buffer.reachedEnd(partition, offset);
      resolve(undefined);
      this.#answer();
      if (this.#buffer.hasEnds) setImmediate(this.#tellEnds);
      this.#continue(count);
    });
  };

  #continue(count: number): void {
    if (count > 0 || this.#wokenUp) this.#waitMs = firstWaitMs;
    else this.#waitMs = Math.min(keepAliveMs, this.#waitMs * 2);
    // A line announces records a moment before they can be taken.
    if (this.#wokenUp && count === 0) setImmediate(this.#consume);
    else this.#schedule(count > 0 && this.#asked !== undefined ? 0 : this.#waitMs);
  }

  #answer(): void {
    if (this.#asked !== undefined && this.#buffer.size > 0) this.#asked.answer(this.#take(this.#asked.max));
  }

  #take(maxRecords: number): readonly KafkaRecord[] {
    if (this.#buffer.hasEnds) setImmediate(this.#tellEnds);
    return this.#buffer.take(maxRecords);
  }

  /** In a turn of its own: whoever asked has seen the records by then. */
  readonly #tellEnds = (): void => {
    if (this.#closed !== undefined) return;
    for (const { partition, from, to } of this.#buffer.takeEnds()) this.#events.reachedEnd?.(partition, from, to);
  };

  /** Whether fetching is paused because nobody asks. */
  #stall(): boolean {
    if (this.#stalled) return true;
    const partitions = this.#buffer.partitions;
    if (partitions.length > 0 && performance.now() - this.#lastAskedMs < unaskedMs) return false;
    this.#stalled = true;
    this.#native?.handle.pause(this.#unpaused());
    return true;
  }

  #unstall(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#native?.handle.resume(this.#unpaused());
    this.#nudge();
  }

  /** Has librdkafka look for something to fetch now: with all partitions paused it looks once a second, and resuming does not wake it. */
  #nudge(): void {
    this.#native?.handle.getMetadata({ allTopics: false, timeout: nudgeTimeoutMs }, ignoreAnswer);
  }

  #unpaused(): readonly NativePartition[] {
    return this.#buffer.partitions
      .filter((partition) => !this.#buffer.isPaused(partition))
      .map((partition) => this.#at(partition));
  }

  #consumeFailed(error: NativeError): void {
    if (this.#closed !== undefined) return;
    if (codeOfNativeError(error) === -147) this.#events.sessionLost?.();
    this.#report(kafkaErrorOfNative(error, `topic ${this.topic}`));
  }

  /** The same trouble is reported once in a while, not at every poll. */
  #report(error: KafkaError): void {
    if (this.#closed !== undefined) return;
    const key = `${error.code} ${error.code === 'KAFKA_UNREACHABLE' ? '' : error.message}`;
    const now = performance.now();
    if (now - (this.#reported.get(key) ?? Number.NEGATIVE_INFINITY) < repeatedTroubleMs) return;
    if (this.#reported.size > 100) this.#reported.clear();
    this.#reported.set(key, now);
    this.#events.failed(error);
  }

  #at(partition: number): { topic: string; partition: number } {
    return { topic: this.topic, partition };
  }
}

function nativeOffset(start: StartPosition): number {
  if (start === 'earliest') return -2;
  return start === 'latest' ? -1 : start;
}

function trySeek(handle: NativeConsumer, to: NativePartition): Promise<NativeError | undefined> {
  return new Promise((resolve) => {
    handle.seek(to, 1000, (error) => {
      resolve(error ?? undefined);
    });
  });
}

function withoutThread(message: string): string {
  return message.replace(/^\[thrd:[^\]]*\]: /, '');
}

function ignoreAnswer(): void {
  // Only that it was asked matters.
}
