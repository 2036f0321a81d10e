import type { metadataV12 } from '@platformatic/kafka';
import { KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';
import { TopicRoute } from './topic-route.ts';

/** Used topics are asked for again after so long: a topic may have got more partitions. */
const refreshMs = 300_000;
const retryMs = 50;
const maxRetryMs = 1000;
const unknownTopic = 3;
/** The topic is there, but not all of it at the moment. */
const noLeader = 5;
const authorization = 29;
const invalidTopic = 17;

/** What a {@link TopicDirectory} tells its producer. */
export interface TopicDirectoryOwner {
  /** Asks the cluster. */
  metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse>;
  /** Who the brokers are. */
  brokers(brokers: readonly metadataV12.MetadataResponseBroker[]): void;
  /** A partition has this leader now; −1 for none. */
  led(topic: TopicRoute, partition: number, brokerId: number): void;
  /** The topic can take what waited for it. */
  known(topic: TopicRoute): void;
  /** The topic takes nothing: see its refusal. */
  refused(topic: TopicRoute): void;
  /** The cluster did not answer. */
  failed(error: unknown): void;
}

/**
 * Finds out about topics: who leads their partitions, or why they take no records. Each topic is asked for when it needs to be, so
 * that none waits for another (receiver.md F-06).
 */
export class TopicDirectory {
  readonly #owner: TopicDirectoryOwner;
  /** How long a topic that the cluster does not know may still appear, in milliseconds: brokers learn of a new one one by one. */
  readonly #propagationMs: number;
  readonly #topics = new Map<string, TopicRoute>();
  readonly #refresh: NodeJS.Timeout;
  #asking = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;
  #notBeforeMs = 0;
  #retryMs = retryMs;
  #closed = false;

  constructor(owner: TopicDirectoryOwner, propagationMs: number) {
    this.#owner = owner;
    this.#propagationMs = propagationMs;
    this.#refresh = setInterval(() => this.#refreshUsed(), refreshMs);
    this.#refresh.unref();
  }

  get topics(): Iterable<TopicRoute> {
    return this.#topics.values();
  }

  /** The topic, asked for if it is new. */
  topic(name: string): TopicRoute {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new TopicRoute(name);
      this.#topics.set(name, topic);
      this.ask(topic);
    }
    return topic;
  }

  /** What is known of the topic may be wrong: asks for it. */
  ask(topic: TopicRoute): void {
    if (topic.askAtMs !== undefined) return;
    topic.ask(performance.now());
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#refresh);
    clearTimeout(this.#timer);
  }

  #refreshUsed(): void {
    const since = performance.now() - refreshMs;
    for (const topic of this.#topics.values()) if (topic.usedMs > since) topic.ask(since);
    this.#arm();
  }

  #arm(): void {
    if (this.#asking || this.#closed) return;
    let atMs = Infinity;
    for (const topic of this.#topics.values()) atMs = Math.min(atMs, topic.askAtMs ?? Infinity);
    if (atMs === Infinity) return;
    atMs = Math.max(atMs, this.#notBeforeMs);
    if (this.#timer !== undefined && this.#timerAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#askDue();
      },
      Math.max(0, atMs - performance.now()),
    );
  }

  async #askDue(): Promise<void> {
    const nowMs = performance.now();
    const due = [...this.#topics.values()].filter((topic) => topic.askAtMs !== undefined && topic.askAtMs <= nowMs + 1);
    this.#asking = true;
    try {
      const response = await this.#owner.metadata(due.map((topic) => topic.name));
      if (this.#closed) return;
      this.#retryMs = retryMs;
      this.#owner.brokers(response.brokers);
      const told = new Map(response.topics.map((topic) => [topic.name, topic]));
      for (const topic of due) this.#learn(topic, told.get(topic.name));
    } catch (error) {
      if (this.#closed) return;
      this.#notBeforeMs = performance.now() + this.#retryMs;
      this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2);
      this.#owner.failed(error);
    } finally {
      this.#asking = false;
      this.#arm();
    }
  }

  #learn(topic: TopicRoute, told: metadataV12.MetadataResponseTopic | undefined): void {
    const nowMs = performance.now();
    const errorCode = told?.errorCode ?? unknownTopic;
    if (told !== undefined && (errorCode === 0 || errorCode === noLeader) && told.partitions.length > 0) {
      this.#learnPartitions(topic, told.partitions, nowMs);
    } else if (errorCode === authorization || errorCode === invalidTopic) {
      this.#refuse(topic, kafkaErrorOfCode(errorCode, `topic ${topic.name}: ${textOfCode(errorCode)}`));
    } else if (errorCode === unknownTopic) {
      topic.missingSinceMs ??= nowMs;
      if (topic.refusal === undefined && nowMs - topic.missingSinceMs < this.#propagationMs) topic.askLater(nowMs);
      else this.#refuse(topic, missing(topic.name));
    } else {
      topic.askLater(nowMs);
    }
  }

  #learnPartitions(
    topic: TopicRoute,
    partitions: readonly metadataV12.MetadataResponsePartition[],
    nowMs: number,
  ): void {
    topic.grow(partitions.length);
    topic.answered();
    let leaderless = false;
    for (const { partitionIndex, leaderId } of partitions) {
      this.#owner.led(topic, partitionIndex, leaderId);
      leaderless ||= leaderId < 0;
    }
    if (leaderless) topic.askLater(nowMs);
    this.#owner.known(topic);
  }

  #refuse(topic: TopicRoute, refusal: KafkaError): void {
    topic.refuse(refusal, performance.now());
    this.#owner.refused(topic);
    // Names that were never a topic are not kept.
    if (!topic.known) this.#forgetLater(topic);
  }

  /** Not at once: who sends to it again is refused without a question. */
  #forgetLater(topic: TopicRoute): void {
    setTimeout(() => {
      const idle = topic.refusal !== undefined && performance.now() - topic.usedMs > forgetMs;
      if (idle && !topic.known && this.#topics.get(topic.name) === topic) this.#topics.delete(topic.name);
    }, forgetMs).unref();
  }
}

const forgetMs = 60_000;

function missing(topic: string): KafkaError {
  return new KafkaError('KAFKA_UNKNOWN_TOPIC', `topic ${topic} does not exist, or its broker does not know it yet`, {
    retriable: true,
  });
}
