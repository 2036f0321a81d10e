import {
  DispatchScheduler,
  isFinal,
  type BreakerState,
  type DispatchOutcome,
  type DispatchOrder,
  type Schedulable,
} from '@eventing-kafka/delivery';
import type { HttpSender } from '@eventing-kafka/http-sender';
import type { EventProducer } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { TokenSource } from '@eventing-kafka/oidc';
import type { Tracing } from '@eventing-kafka/tracing';
import type { Destinations } from './destinations.ts';
import { dispatch, type DispatchTools } from './dispatch.ts';
import { EgressGates } from './egress-gates.ts';
import type { EgressLimits } from './egress-limits.ts';
import type { EgressPartition } from './egress-partition.ts';
import type { EgressPlan } from './egress-plan.ts';
import type { HeldRecord } from './held-record.ts';
import type { EgressMeters } from './instruments.ts';

/** What an egress needs of the process it runs in. */
export interface PipelineHost {
  readonly limits: Pick<EgressLimits, 'maxInFlight' | 'adaptiveConcurrency' | 'breakerPatienceMs' | 'maxReplyHops'>;
  /** Of the whole process: egresses that post to the same one learn from each other how it is. */
  readonly destinations: Destinations;
  /** Bytes of records it may have in delivery, beside the first. */
  readonly inFlightBytes: () => number;
  readonly sender: HttpSender;
  readonly producer: () => Promise<EventProducer>;
  readonly logger: Logger;
  readonly tracing?: Tracing | undefined;
  readonly tokens?: TokenSource | undefined;
}

/** How an egress copes with its subscriber, and the subscriber with it. */
export interface FlowState {
  readonly isPaused: boolean;
  /** Requests to the subscriber under way, and how many may be. */
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly breaker: BreakerState;
  /** Why it is paused or the breaker not closed, for a person. */
  readonly trouble: string | undefined;
}

/** A record on its way; `partition` is the lane of its partition. */
interface Delivery extends Schedulable {
  readonly part: EgressPartition;
  readonly held: HeldRecord;
}

/** How many records may wait behind others with the same key, for each that may be in flight: room to find other keys. */
const keyLookahead = 4;

/**
 * One egress: takes wanted records from its partitions while it has room, starts them in the order it promises, and accounts
 * for each. It does not know who reads Kafka for it.
 */
export class EgressPipeline {
  readonly meters: EgressMeters;
  readonly parts = new Set<EgressPartition>();
  readonly #host: PipelineHost;
  readonly #tools: DispatchTools;
  readonly #gates: EgressGates;
  #plan: EgressPlan;
  #scheduler: DispatchScheduler<Delivery>;
  #order: DispatchOrder;
  #takenBytes = 0;
  #lanes = 0;
  #idle: (() => void)[] = [];
  /** By topic: why it reads nothing there, for a person. */
  readonly problems = new Map<string, string>();
  /** Topics whose positions are its own: committed, and refused by nobody. */
  readonly takenOver = new Set<string>();
  lastDeliveryError: string | undefined;

  constructor(plan: EgressPlan, meters: EgressMeters, host: PipelineHost) {
    this.meters = meters;
    this.#plan = plan;
    this.#host = host;
    const { sender, producer, logger, tracing, destinations, limits } = host;
    this.#order = plan.order;
    this.#scheduler = new DispatchScheduler({ order: plan.order, maxInFlight: limits.maxInFlight });
    this.#gates = new EgressGates({
      destinations,
      maxInFlight: limits.maxInFlight,
      isAdaptive: limits.adaptiveConcurrency,
      patienceMs: limits.breakerPatienceMs,
      roomier: () => this.#goOn(),
      held: (why) => this.#held(why),
    });
    this.#tools = {
      sender,
      gates: this.#gates,
      producer,
      logger,
      meters,
      tracing,
      tokens: host.tokens,
      maxReplyHops: limits.maxReplyHops,
    };
    this.#gates.follow(plan);
  }

  get plan(): EgressPlan {
    return this.#plan;
  }

  /** Why it does not read all it should, for a person; undefined: nothing keeps it. */
  get problem(): string | undefined {
    return this.problems.values().next().value;
  }

  /** Whether it was told to read all its topics. */
  get isReading(): boolean {
    return this.problems.size === 0 && this.#plan.topics.every((topic) => this.takenOver.has(topic));
  }

  /** Records taken and without outcome. */
  get taken(): number {
    return this.#scheduler.inFlight + this.#scheduler.waiting;
  }

  /** What holds its deliveries back or could, and how many it has under way. */
  flow(nowMs: number): FlowState {
    const { subscriber } = this.#gates;
    return {
      isPaused: subscriber.isHeld,
      inFlight: subscriber.active,
      maxInFlight: Math.min(subscriber.most, this.#host.limits.maxInFlight),
      breaker: subscriber.breakerState(nowMs),
      trouble: subscriber.trouble,
    };
  }

  /** A number that no ownership of a partition had before. */
  newLane(): number {
    this.#lanes += 1;
    return this.#lanes;
  }

  /** Goes on by another plan that reads the same: filters at once, targets from the next attempt, order once nothing is in flight. */
  replan(plan: EgressPlan): void {
    this.#plan = plan;
    this.#gates.follow(plan);
    this.#takeUpOrder();
    for (const part of this.parts) part.reselect();
    this.proceedAll();
  }

  /** Whether a partition could take another record. */
  hasRoom(part: EgressPartition): boolean {
    if (part.lifetime.ended || this.#changesOrder() || this.#gates.subscriber.isHeld) return false;
    const { taken } = this;
    if (taken > 0 && (taken >= this.#maxTaken() || this.#takenBytes >= this.#host.inFlightBytes())) return false;
    if (this.#order === 'ordered' && part.taken > 0) return false;
    return part.tracker.mayReceive(part.nextOffset);
  }

  /** Whether a partition may take this very record. */
  mayTake(part: EgressPartition, held: HeldRecord): boolean {
    if (!this.hasRoom(part)) return false;
    return this.taken === 0 || this.#takenBytes + held.bytes <= this.#host.inFlightBytes();
  }

  /** A partition took a record: it starts when its turn comes. */
  take(part: EgressPartition, held: HeldRecord): void {
    held.hold();
    part.taken += 1;
    this.#takenBytes += held.bytes;
    const key = this.#order === 'key' ? orderingKey(held) : undefined;
    this.#scheduler.add({ partition: part.lane, key, part, held });
  }

  /** Takes and starts what a partition has. */
  proceed(part: EgressPartition): void {
    part.take();
    this.#start();
  }

  /** Takes and starts what all partitions have; each call begins with another one, so that none takes all slots. */
  proceedAll(): void {
    const [first] = this.parts;
    if (first !== undefined && this.parts.size > 1) {
      this.parts.delete(first);
      this.parts.add(first);
    }
    for (const part of this.parts) part.take();
    this.#start();
  }

  /** Ends the deliveries of a partition: nothing new begins, and what waits is let go. */
  end(part: EgressPartition): void {
    part.lifetime.end();
    part.leave();
    for (const delivery of this.#scheduler.revoke(part.lane)) this.#letGo(delivery);
  }

  /** Resolves when a partition has nothing in flight any more. */
  async drained(part: EgressPartition): Promise<void> {
    while (part.taken > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** It will deliver nothing more. */
  close(): void {
    this.#gates.close();
  }

  #start(): void {
    while (this.#gates.subscriber.hasRoom) {
      const delivery = this.#scheduler.next();
      if (delivery === undefined) return;
      void this.#run(delivery);
    }
  }

  /** There is room again: what it has starts, and its partitions may get more. */
  #goOn(): void {
    this.proceedAll();
    for (const part of this.parts) part.roomier();
  }

  #held(why: 'breaker' | 'retry-after'): void {
    this.meters.paused(why);
    const { uid, consumerGroup, reference, delivery } = this.#plan;
    this.#host.logger.warn('egress holds back for the sake of its subscriber', {
      egressUid: uid,
      consumerGroup,
      egress: `${reference.namespace}/${reference.name}`,
      why,
      trouble: this.#gates.subscriber.trouble,
      hasDeadLetterSink: delivery.deadLetter !== undefined,
    });
  }

  async #run(delivery: Delivery): Promise<void> {
    const { part, held } = delivery;
    const scheduler = this.#scheduler;
    const startedMs = performance.now();
    const report = await dispatch({ held, plan: () => this.#plan, lifetime: part.lifetime, tools: this.#tools });
    scheduler.finish(delivery);
    this.#account(
      delivery,
      report.outcome,
      report.statusCode,
      (report.subscriberDoneMs ?? performance.now()) - startedMs,
    );
    this.#letGo(delivery);
    this.#takeUpOrder();
    // What is free now is free for every partition.
    this.#goOn();
  }

  #account({ part, held }: Delivery, outcome: DispatchOutcome, statusCode: number, tookMs: number): void {
    if (!isFinal(outcome)) return;
    if (outcome.kind === 'dead-lettered' || outcome.kind === 'abandoned')
      this.lastDeliveryError = outcome.cause.message;
    const event = held.eventFor(this.plan.selection.wrapping);
    this.meters.outcome(outcome.kind, event?.type, statusCode, tookMs, held.record.timestampMs);
    if (part.abandoned) {
      this.#host.logger.debug('outcome came after its partition was given up', {
        partition: part.partition,
        offset: held.offset,
      });
      return;
    }
    part.completed(held.offset);
  }

  #letGo({ part, held }: Delivery): void {
    part.taken -= 1;
    this.#takenBytes -= held.bytes;
    held.release();
    if (part.taken === 0) {
      const waiting = this.#idle;
      this.#idle = [];
      for (const resume of waiting) resume();
    }
  }

  #takeUpOrder(): void {
    if (!this.#changesOrder() || this.taken > 0) return;
    this.#order = this.#plan.order;
    this.#scheduler = new DispatchScheduler({ order: this.#order, maxInFlight: this.#host.limits.maxInFlight });
  }

  /** How many records it may hold: what may be under way now, and beside it those that rest between attempts or are at another target. */
  #maxTaken(): number {
    const { subscriber } = this.#gates;
    const resting = this.#scheduler.inFlight - subscriber.occupied;
    const most = Math.min(this.#host.limits.maxInFlight, subscriber.most + resting);
    return this.#order === 'key' ? most * keyLookahead : most;
  }

  /** Whether another order is asked for, which begins once nothing of the old one is under way. */
  #changesOrder(): boolean {
    return this.#order !== this.#plan.order;
  }
}

/** What order by key goes by: the record's key, else the event's `partitionkey`; without either a record is ordered after none. */
function orderingKey({ record, event }: HeldRecord): string | undefined {
  if (record.key !== null) return record.key.toString('latin1');
  const key = event?.attribute('partitionkey');
  return key === undefined ? undefined : String(key);
}
