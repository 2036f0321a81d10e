import { UserError } from '@platformatic/kafka';
import type { Broker, metadataV12 } from '@platformatic/kafka';
import type { Logger } from '@eventing-kafka/logging';
import { KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfPlatformatic } from '../platformatic/platformatic-errors.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';
import type { OutgoingRecord, RecordPosition } from '../records.ts';
import { Batch } from './batch.ts';
import { IdentityKeeper } from './identity-keeper.ts';
import type { KafkaWire } from './kafka-wire.ts';
import { LeaderSender } from './leader-sender.ts';
import type { LeaderSenderOwner } from './leader-sender.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { PendingRecord } from './pending-record.ts';
import type { PartitionAnswer } from './produce-request.ts';
import { produceVerdict } from './produce-verdict.ts';
import type { Compression, ProducerIdentity } from './record-batch.ts';
import { noPartition, notDeliveredInTime, queueFull, tooLarge } from './record-errors.ts';
import { TopicDirectory } from './topic-directory.ts';
import type { TopicDirectoryOwner } from './topic-directory.ts';
import type { TopicRoute } from './topic-route.ts';
import { UnsettledBatches } from './unsettled-batches.ts';

/** What a producer runs with. */
export interface ProducerPlan {
  readonly deliveryTimeoutMs: number;
  /** After so long without an answer a broker is tried anew, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly lingerMs: number;
  readonly maxInFlightBytes: number;
  readonly maxRecordBytes: number;
  readonly maxBatchBytes: number;
  readonly compression: Compression;
}

/** How long disposing waits for records that Kafka, known to be away, will hardly take. */
const patienceWhileAwayMs = 1000;
/** A topic that was just created may be unknown for a moment, but not until the delivery time-out. */
const maxPropagationMs = 5000;

/**
 * Sends records to the leaders of their partitions: idempotent (KIP-98), acknowledged by all in-sync replicas, in the order in which they
 * were accepted for a partition.
 *
 * ```
 * send ──▶ waiting for metadata ──▶ in a batch of its partition ──▶ under way ──▶ acknowledged
 *   │               │                    ▲          │                 │    └────▶ refused
 *   ▼               ▼                    └──────────┼── again, split ─┘
 * refused: full,   refused: no such topic           ▼
 * too large                                 given up at the deadline
 * ```
 */
export class IdempotentProducer implements LeaderSenderOwner, TopicDirectoryOwner {
  readonly compression: Compression;
  readonly acknowledgeTimeoutMs: number;
  readonly #plan: ProducerPlan;
  readonly #logger: Logger;
  readonly #wire: KafkaWire;
  readonly #directory: TopicDirectory;
  readonly #brokers = new Map<number, Broker>();
  readonly #leaders = new Map<number, LeaderSender>();
  readonly #unsettled = new UnsettledBatches(() => this.#giveUpLate());
  readonly #identity: IdentityKeeper;
  /** Why Kafka cannot be used at the moment, as far as connections tell. */
  #trouble: KafkaError | undefined;
  #closed: Promise<void> | undefined;

  constructor(plan: ProducerPlan, wire: KafkaWire, logger: Logger) {
    this.#plan = plan;
    this.#wire = wire;
    this.#logger = logger;
    this.compression = plan.compression;
    // The broker gives up a little earlier than we, so that we hear of it.
    this.acknowledgeTimeoutMs = Math.floor(plan.requestTimeoutMs * 0.8);
    this.#identity = new IdentityKeeper({
      ask: () => wire.producerIdentity(),
      failed: (error) => this.#notIdentified(error),
      asked: () => {
        for (const leader of this.#leaders.values()) leader.lookAgain();
      },
    });
    this.#directory = new TopicDirectory(this, Math.min(maxPropagationMs, plan.deliveryTimeoutMs / 2));
  }

  /** Bytes of keys, values and headers that were accepted and have no answer. */
  get inFlightBytes(): number {
    return this.#unsettled.bytes;
  }

  /** Begins to find out who we are and where the brokers are, so that the first record need not wait for it. */
  start(): void {
    this.identity();
  }

  /** As {@link EventProducer.send}. */
  send(record: OutgoingRecord): Promise<RecordPosition> {
    if (this.#closed !== undefined)
      return Promise.reject(new KafkaError('KAFKA_CLOSED', 'the Kafka producer is closed'));
    return new Promise((resolve, reject) => {
      // A throw rejects.
      const pending = new PendingRecord(record, Date.now(), resolve, reject);
      const { bytes } = pending;
      const { records, bytes: inFlight } = this.#unsettled;
      if (records > 0 && inFlight + bytes > this.#plan.maxInFlightBytes) throw queueFull(inFlight);
      if (bytes > this.#plan.maxRecordBytes) throw tooLarge(record, bytes, this.#plan.maxRecordBytes);
      const topic = this.#directory.topic(record.topic);
      const nowMs = performance.now();
      topic.usedMs = nowMs;
      if (topic.refusal !== undefined) {
        this.#directory.ask(topic);
        throw topic.refusal;
      }
      if (topic.known) {
        if (!this.#enqueue(topic, pending, nowMs)) return;
      } else {
        let waiting = topic.waiting.at(-1);
        if (waiting?.takes(pending.encodedBytes, Infinity, nowMs) !== true) {
          waiting = this.#newBatch(nowMs);
          topic.waiting.push(waiting);
        }
        waiting.add(pending);
      }
      this.#unsettled.accepted(bytes);
    });
  }

  /** Waits for what is under way, then lets go. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const leader of this.#leaders.values()) leader.lookAgain();
    const begun = performance.now();
    await this.#unsettled.drained(() => {
      const patienceMs = this.#trouble === undefined ? this.#plan.deliveryTimeoutMs : patienceWhileAwayMs;
      return performance.now() - begun > patienceMs;
    });
    this.#unsettled.rejectAll(
      new KafkaError('KAFKA_CLOSED', 'the Kafka producer was closed before Kafka acknowledged the record'),
    );
    this.#unsettled.close();
    this.#directory.close();
    for (const leader of this.#leaders.values()) leader.close();
    await this.#wire.close();
  }

  // What senders need.

  /** {@link LeaderSenderOwner} */
  get hurrying(): boolean {
    return this.#closed !== undefined;
  }

  /** {@link LeaderSenderOwner} */
  identity(): ProducerIdentity | undefined {
    return this.#identity.current();
  }

  /** {@link LeaderSenderOwner} */
  renewIdentity(used: ProducerIdentity): void {
    this.#identity.renew(used);
  }

  #notIdentified(error: unknown): void {
    const failure = this.failed(error);
    // Rights and settings, such as TLS that is missing, need somebody's hand. Anything else may pass before the deadline: a cluster that
    // changes its controller says −1 for a moment.
    if (failure.code === 'KAFKA_AUTHORIZATION' || error instanceof UserError) this.#rejectAll(failure);
  }

  /** {@link LeaderSenderOwner} */
  answered(partition: PartitionQueue, batch: Batch, answer: PartitionAnswer): void {
    const verdict = produceVerdict(answer.errorCode, batch.records.length);
    if (verdict === 'delivered') {
      partition.acknowledged(batch);
      partition.batches.shift();
      this.#trouble = undefined;
      if (!batch.settled) this.#unsettled.resolve(partition, batch, answer.baseOffset);
      return;
    }
    const failure = kafkaErrorOfCode(
      answer.errorCode,
      `a record for ${partition.topic} was not delivered: ${textOfCode(answer.errorCode)}`,
    );
    switch (verdict) {
      case 'elsewhere':
        this.#directory.ask(this.#directory.topic(partition.topic));
        return this.#again(partition, batch, failure);
      case 'again':
        return this.#again(partition, batch, failure);
      case 'renumber':
        this.#logger.warn('Kafka does not know what was sent before and gets it under a new identity', {
          topic: partition.topic,
          partition: partition.index,
          error: failure,
        });
        partition.spoil(batch);
        batch.identity = undefined;
        return this.#again(partition, batch, failure);
      case 'split':
        this.#take(partition, batch);
        if (!batch.settled) this.#split(partition, batch);
        return;
      case 'refused':
      case 'unclear':
        this.#take(partition, batch);
        // With its number still free, Kafka could take the next batch for this one, and acknowledge what it never stored.
        if (verdict === 'unclear') partition.spoil(batch);
        if (!batch.settled) this.#unsettled.reject(batch, failure);
        return;
    }
  }

  /** {@link LeaderSenderOwner} */
  unanswered(partition: PartitionQueue, batch: Batch, error: unknown): void {
    this.#directory.ask(this.#directory.topic(partition.topic));
    this.#again(partition, batch, this.#closed === undefined ? this.failed(error) : undefined);
  }

  /** The first batch of the partition stays the first, unless its records were given up. */
  #again(partition: PartitionQueue, batch: Batch, failure: KafkaError | undefined): void {
    batch.lastError = failure;
    if (batch.settled) {
      partition.batches.shift();
      partition.spoil(batch);
    } else {
      partition.backOff(performance.now());
    }
  }

  /** The broker did not take the batch. An earlier try that was not answered may have arrived all the same. */
  #take(partition: PartitionQueue, batch: Batch): void {
    partition.batches.shift();
    if (batch.tries > 1) partition.spoil(batch);
  }

  #split(partition: PartitionQueue, batch: Batch): void {
    this.#unsettled.remove(batch);
    const halves = batch.halves();
    for (const half of halves) this.#unsettled.add(half);
    partition.batches.unshift(...halves);
  }

  // What the directory of topics needs.

  /** {@link TopicDirectoryOwner} */
  metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse> {
    return this.#wire.metadata(topics);
  }

  /** {@link TopicDirectoryOwner} */
  brokers(brokers: readonly metadataV12.MetadataResponseBroker[]): void {
    for (const { nodeId, host, port } of brokers) this.#brokers.set(nodeId, { host, port });
  }

  /** {@link TopicDirectoryOwner} */
  led(topic: TopicRoute, partition: number, brokerId: number): void {
    const queue = topic.partitions[partition];
    if (queue === undefined) return;
    const leader = this.#leader(brokerId);
    if (queue.leader === leader) return;
    queue.leader?.remove(queue);
    queue.leader = leader;
    if (queue.batches.length > 0) leader?.add(queue);
  }

  #leader(brokerId: number): LeaderSender | undefined {
    const broker = this.#brokers.get(brokerId);
    if (broker === undefined) return undefined;
    const leader = this.#leaders.get(brokerId);
    if (leader?.link.broker.host === broker.host && leader.link.broker.port === broker.port) return leader;
    // It moved: what was under way there fails and goes to where the partition is led then.
    leader?.close();
    const link = this.#wire.link(broker, {
      ready: () => moved.lookAgain(),
      failed: (error) => {
        this.failed(error);
        this.#askAboutTopicsOf(moved);
      },
    });
    const moved = new LeaderSender(link, this);
    this.#leaders.set(brokerId, moved);
    if (leader !== undefined) this.#follow(leader, moved);
    return moved;
  }

  /** Metadata of one topic told that a broker moved; partitions of the others do not wait for theirs. */
  #follow(before: LeaderSender, moved: LeaderSender): void {
    for (const { partitions } of this.#directory.topics) {
      for (const queue of partitions) {
        if (queue.leader !== before) continue;
        queue.leader = moved;
        if (queue.batches.length > 0) moved.add(queue);
      }
    }
  }

  /** A broker cannot be reached: others may lead its partitions by now. */
  #askAboutTopicsOf(leader: LeaderSender): void {
    for (const topic of this.#directory.topics) {
      if (topic.partitions.some((partition) => partition.leader === leader && partition.batches.length > 0))
        this.#directory.ask(topic);
    }
  }

  /** {@link TopicDirectoryOwner} */
  known(topic: TopicRoute): void {
    const { waiting } = topic;
    topic.waiting = [];
    for (const batch of waiting) {
      if (!this.#unsettled.remove(batch)) continue;
      // As if they came only now, to a batch with their deadline, later records would join it and be given up with them.
      const begunMs = batch.times.deadlineMs - this.#plan.deliveryTimeoutMs;
      for (const pending of batch.records) {
        if (!this.#enqueue(topic, pending, begunMs)) this.#unsettled.answered(pending.bytes);
      }
    }
  }

  /** {@link TopicDirectoryOwner} */
  refused(topic: TopicRoute): void {
    if (topic.refusal === undefined) return;
    for (const batch of topic.waiting.splice(0)) this.#unsettled.reject(batch, topic.refusal);
    for (const partition of topic.partitions) {
      for (const batch of [...partition.batches]) this.#giveUp(partition, batch, topic.refusal);
    }
  }

  /** {@link TopicDirectoryOwner}. Connections tell it too. */
  failed(error: unknown): KafkaError {
    const failure = kafkaErrorOfPlatformatic(error, 'Kafka producer');
    // A refused password also ends the connection; the reason is the better news.
    if (this.#trouble?.code === 'KAFKA_AUTHENTICATION' && failure.code === 'KAFKA_UNREACHABLE') return this.#trouble;
    if (this.#closed === undefined && this.#trouble?.code !== failure.code)
      this.#logger.warn('Kafka cannot be used', { error: failure });
    this.#trouble = failure;
    return failure;
  }

  // Records and batches.

  /** Puts a record that came at `cameMs` into a batch of its partition. False when it was rejected: there is no such partition. */
  #enqueue(topic: TopicRoute, pending: PendingRecord, cameMs: number): boolean {
    const { encodedBytes } = pending;
    const { maxBatchBytes } = this.#plan;
    let partition = topic.partitionOf(pending, Math.random);
    let batch = partition?.batches.at(-1);
    if (pending.gathers && batch?.takes(encodedBytes, maxBatchBytes, cameMs) !== true) {
      topic.gatherElsewhere();
      partition = topic.partitionOf(pending, Math.random);
      batch = partition?.batches.at(-1);
    }
    if (partition === undefined) {
      this.#directory.ask(topic);
      pending.reject(noPartition(pending.record));
      return false;
    }
    if (batch?.takes(encodedBytes, maxBatchBytes, cameMs) !== true) {
      batch = this.#newBatch(cameMs);
      partition.batches.push(batch);
    }
    batch.add(pending);
    partition.leader?.add(partition);
    return true;
  }

  #newBatch(nowMs: number): Batch {
    const { lingerMs, deliveryTimeoutMs } = this.#plan;
    const openMs = Math.max(lingerMs, deliveryTimeoutMs / 20);
    const batch = new Batch({
      dueMs: nowMs + lingerMs,
      openUntilMs: nowMs + openMs,
      deadlineMs: nowMs + deliveryTimeoutMs,
    });
    this.#unsettled.add(batch);
    return batch;
  }

  #giveUpLate(): void {
    const nowMs = performance.now();
    for (const topic of this.#directory.topics) {
      topic.waiting = topic.waiting.filter(
        (batch) => !this.#isLate(batch, nowMs) || this.#rejectLate(topic.name, batch),
      );
      for (const partition of topic.partitions) {
        for (const batch of [...partition.batches]) {
          if (this.#isLate(batch, nowMs)) this.#giveUp(partition, batch, this.#late(topic.name, batch));
        }
      }
    }
  }

  #isLate(batch: Batch, nowMs: number): boolean {
    return !batch.settled && batch.times.deadlineMs <= nowMs + 1;
  }

  #rejectLate(topic: string, batch: Batch): false {
    this.#unsettled.reject(batch, this.#late(topic, batch));
    return false;
  }

  /** Answers the records of a batch; Kafka's word on the first one, if it is still to come, only tells its number then. */
  #giveUp(partition: PartitionQueue, batch: Batch, error: KafkaError): void {
    if (batch.settled) return;
    this.#unsettled.reject(batch, error);
    if (partition.inFlight && partition.batches[0] === batch) return;
    partition.batches.splice(partition.batches.indexOf(batch), 1);
    if (batch.tries > 0) partition.spoil(batch);
    if (partition.batches.length === 0) partition.leader?.remove(partition);
  }

  #rejectAll(error: KafkaError): void {
    for (const topic of this.#directory.topics) {
      for (const batch of topic.waiting.splice(0)) this.#unsettled.reject(batch, error);
      for (const partition of topic.partitions) {
        for (const batch of [...partition.batches]) this.#giveUp(partition, batch, error);
      }
    }
  }

  #late(topic: string, batch: Batch): KafkaError {
    return notDeliveredInTime(topic, this.#plan.deliveryTimeoutMs, batch.lastError ?? this.#trouble);
  }
}
