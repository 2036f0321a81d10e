import type { Logger } from '@eventing-kafka/logging';
import { KafkaError } from '../kafka-error.ts';
import type { OutgoingRecord, RecordPosition } from '../records.ts';
import { DeliveryPoll } from './delivery-poll.ts';
import { codeOfNativeError, kafkaErrorOfCode, kafkaErrorOfNative, nativeCodes, textOfCode } from './error-codes.ts';
import type { NativeDeliveryReport, NativeEvents, NativeLog, NativeProducer, OpenHandle } from './native-client.ts';
import { nativeHeaders, nativeKey, recordBytes } from './outgoing-headers.ts';
import { LoneResends } from './lone-resends.ts';
import type { ProducerPlan } from './producer-properties.ts';

const closeTimeoutMs = 2000;
const nudgeAfterMs = 20;
const metadataTimeoutMs = 200;
const restartDelayMs = 500;
/** How long disposing waits for records that Kafka, known to be away, will hardly take. */
const patienceWhileAwayMs = 1000;

/** Opens the native producer; a parameter so that a test can break it. */
export type OpenNativeProducer = (
  events: NativeEvents,
  onDelivery: (error: Error | null, report: NativeDeliveryReport) => void,
) => Promise<OpenHandle<NativeProducer>>;

/** A record under way. It is what librdkafka carries along and gives back in the delivery report. */
interface Pending {
  readonly record: OutgoingRecord;
  readonly headers: readonly Readonly<Record<string, string>>[];
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly resolve: (position: RecordPosition) => void;
  readonly reject: (error: KafkaError) => void;
}

/** One librdkafka producer, replaced by a new one when it fails fatally. */
export class RdkafkaProducer {
  readonly #open: OpenNativeProducer;
  readonly #plan: ProducerPlan;
  readonly #logger: Logger;
  /** In the order they were sent, so the first is the first to be late. */
  readonly #pending = new Set<Pending>();
  readonly #poll: DeliveryPoll;
  readonly #resends = new LoneResends<Pending>((pending) => this.#sendAgain(pending));
  #native: OpenHandle<NativeProducer> | undefined;
  #replacing: Promise<void> | undefined;
  #inFlightBytes = 0;
  #lookingForTopic = false;
  /** Why Kafka cannot be used at the moment, as far as events tell. */
  #trouble: KafkaError | undefined;
  #closed: Promise<void> | undefined;

  constructor(open: OpenNativeProducer, plan: ProducerPlan, logger: Logger) {
    this.#open = open;
    this.#plan = plan;
    this.#logger = logger;
    this.#poll = new DeliveryPoll(this.#pollOnce, () => this.#pending.size);
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Makes the native producer. */
  async start(): Promise<void> {
    // A report of a producer that was replaced settles the record it carries all the same.
    const events = { log: this.#onLog, error: this.#onEvent };
    const native = await this.#open(events, this.#onDelivery);
    this.#native = native;
    this.#poll.watch();
    // An answer about the cluster makes librdkafka ask for its producer id; unasked it tries again half a second later.
    setTimeout(() => {
      if (this.#native === native)
        native.handle.getMetadata({ allTopics: false, timeout: metadataTimeoutMs }, ignoreAnswer);
    }, nudgeAfterMs).unref();
  }

  send(record: OutgoingRecord): Promise<RecordPosition> {
    const native = this.#native;
    if (this.#closed !== undefined)
      return Promise.reject(new KafkaError('KAFKA_CLOSED', 'the Kafka producer is closed'));
    if (native === undefined) {
      return Promise.reject(new KafkaError('KAFKA_FATAL', 'the Kafka producer is being replaced', { retriable: true }));
    }
    return new Promise((resolve, reject) => {
      // A throw rejects.
      const headers = nativeHeaders(record);
      const bytes = recordBytes(record, headers);
      if (this.#pending.size > 0 && this.#inFlightBytes + bytes > this.#plan.maxInFlightBytes) throw this.#queueFull();
      const deadlineMs = performance.now() + this.#plan.deliveryTimeoutMs;
      const pending: Pending = { record, headers, bytes, deadlineMs, resolve, reject };
      const code = produce(native.handle, pending);
      if (code !== 0) {
        reject(this.#refusal(code, record, bytes));
        return;
      }
      this.#pending.add(pending);
      this.#inFlightBytes += bytes;
      this.#poll.watch();
    });
  }

  /** Waits for what is under way, then lets go. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const begun = performance.now();
    while (this.#pending.size > 0) {
      const patience = this.#trouble === undefined ? this.#plan.deliveryTimeoutMs : patienceWhileAwayMs;
      if (performance.now() - begun > patience) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#rejectAll(
      () => new KafkaError('KAFKA_CLOSED', 'the Kafka producer was closed before Kafka acknowledged the record'),
    );
    this.#poll.stop();
    await this.#replacing;
    await this.#native?.close(closeTimeoutMs);
    this.#native = undefined;
  }

  readonly #pollOnce = (): void => {
    // A handle that is closing refuses to be polled.
    if (this.#native === undefined) return;
    this.#native.handle.poll();
    const now = performance.now();
    for (const pending of this.#pending) {
      if (pending.deadlineMs > now) break;
      this.#settle(pending);
      pending.reject(this.#timedOut(pending));
    }
  };

  readonly #onDelivery = (error: Error | null, report: NativeDeliveryReport): void => {
    this.#poll.reported();
    const pending = report.opaque as Pending;
    if (error !== null) {
      this.#onRefusal(error, pending);
    } else if (this.#pending.has(pending)) {
      this.#settle(pending);
      this.#trouble = undefined;
      pending.resolve({ partition: report.partition, offset: report.offset });
    }
    if (!this.#resends.idle) this.#resends.answered(pending, !this.#pending.has(pending));
  };

  #onRefusal(error: Error, pending: Pending): void {
    // Late for its deadline, and answered already.
    if (!this.#pending.has(pending)) return;
    const failure = kafkaErrorOfNative(error, `a record for ${pending.record.topic} was not delivered`);
    if (failure.code === 'KAFKA_TOO_LARGE' && this.#resends.offer(pending)) return;
    this.#settle(pending);
    pending.reject(failure.code === 'KAFKA_TIMEOUT' ? this.#timedOut(pending) : failure);
  }

  #sendAgain(pending: Pending): boolean {
    const native = this.#native;
    if (native === undefined || !this.#pending.has(pending)) return false;
    const code = produce(native.handle, pending);
    if (code === 0) return true;
    this.#settle(pending);
    pending.reject(this.#refusal(code, pending.record, pending.bytes));
    return false;
  }

  readonly #onLog = (line: NativeLog): void => {
    if (line.fac === 'MSGSET') this.#poll.wakeUp();
    else if (line.severity <= 6) this.#logger.debug('Kafka producer', { facility: line.fac, text: line.message });
  };

  readonly #onEvent = (error: Error): void => {
    const code = codeOfNativeError(error);
    const failure = kafkaErrorOfNative(error, 'Kafka producer');
    if (code === nativeCodes.fatal) this.#replace(failure);
    if (failure.code !== 'KAFKA_UNREACHABLE' && failure.code !== 'KAFKA_AUTHENTICATION') return;
    // A refused password also ends the connection; the reason is the better news.
    if (this.#trouble?.code === 'KAFKA_AUTHENTICATION') return;
    if (this.#trouble?.code !== failure.code) this.#logger.warn('Kafka cannot be used', { error: failure });
    this.#trouble = failure;
  };

  /** After a fatal error librdkafka accepts nothing more. What was under way may or may not have arrived. */
  #replace(cause: KafkaError): void {
    const broken = this.#native;
    if (broken === undefined || this.#closed !== undefined) return;
    this.#native = undefined;
    this.#logger.error('Kafka producer failed and is replaced', { error: cause });
    this.#rejectAll(
      () =>
        new KafkaError('KAFKA_FATAL', `the Kafka producer failed: ${cause.message}`, {
          retriable: true,
          fatal: true,
          cause,
        }),
    );
    this.#resends.clear();
    this.#replacing = Promise.all([
      broken.close(closeTimeoutMs).catch((error: unknown) => {
        this.#logger.warn('failed Kafka producer could not be closed', { error });
      }),
      this.#startAgain(),
    ]).then(() => undefined);
  }

  /** Until it succeeds or nobody needs it any more: sends are refused meanwhile, and would be for ever. */
  async #startAgain(): Promise<void> {
    for (;;) {
      try {
        await this.start();
        return;
      } catch (error) {
        this.#logger.error('Kafka producer could not be replaced and is tried again', { error });
      }
      await new Promise((resolve) => setTimeout(resolve, restartDelayMs));
      if (this.#closed !== undefined) return;
    }
  }

  #settle(pending: Pending): void {
    this.#pending.delete(pending);
    this.#inFlightBytes -= pending.bytes;
  }

  #rejectAll(reason: () => KafkaError): void {
    for (const pending of [...this.#pending]) {
      this.#settle(pending);
      pending.reject(reason());
    }
  }

  #timedOut(pending: Pending): KafkaError {
    const { topic } = pending.record;
    const limit = `within ${this.#plan.deliveryTimeoutMs} ms`;
    const trouble = this.#trouble;
    if (trouble === undefined) {
      return new KafkaError('KAFKA_TIMEOUT', `Kafka did not acknowledge a record for ${topic} ${limit}`, {
        retriable: true,
      });
    }
    return new KafkaError(trouble.code, `a record for ${topic} was not delivered ${limit}: ${trouble.message}`, {
      retriable: true,
      cause: trouble,
    });
  }

  #refusal(code: number, record: OutgoingRecord, bytes: number): KafkaError {
    const failure = kafkaErrorOfCode(
      code,
      `a record of ${bytes} bytes for ${record.topic} is refused: ${textOfCode(code)}`,
    );
    if (failure.code === 'KAFKA_QUEUE_FULL') return this.#queueFull();
    if (code === nativeCodes.fatal) this.#replace(failure);
    if (failure.code === 'KAFKA_UNKNOWN_TOPIC') this.#lookForTopic(record.topic);
    return failure;
  }

  /** A topic that was not there once is refused until librdkafka looks again, minutes later, unless it is told to. */
  #lookForTopic(topic: string): void {
    const native = this.#native;
    if (native === undefined || this.#lookingForTopic) return;
    this.#lookingForTopic = true;
    native.handle.getMetadata({ topic, allTopics: false, timeout: metadataTimeoutMs }, () => {
      this.#lookingForTopic = false;
    });
  }

  #queueFull(): KafkaError {
    const text = `${this.#inFlightBytes} bytes wait for Kafka's acknowledgement already: send less, or later`;
    return new KafkaError('KAFKA_QUEUE_FULL', text, { retriable: true });
  }
}

function ignoreAnswer(): void {
  // Only that it came matters.
}

function produce(handle: NativeProducer, pending: Pending): number {
  const { topic, partition, value, key } = pending.record;
  return handle.produce(topic, partition ?? null, value, nativeKey(key), null, pending, pending.headers);
}
