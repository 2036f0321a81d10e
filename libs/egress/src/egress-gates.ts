import { AdaptiveLimit, type Endpoint } from '@eventing-kafka/delivery';
import type { Destinations } from './destinations.ts';
import type { EgressPlan } from './egress-plan.ts';
import type { RequestTarget } from './instruments.ts';
import { TargetGate, type GateAim } from './target-gate.ts';

/** What gates need to know beside the plan. */
export interface EgressGatesOptions {
  readonly destinations: Destinations;
  /** Requests to the subscriber at once, at most. */
  readonly maxInFlight: number;
  /** Whether that follows how the subscriber copes. */
  readonly isAdaptive: boolean;
  /** Milliseconds that an outage is waited for; a subscriber without dead letter sink is waited for without end. */
  readonly patienceMs: number;
  /** There may be room for another request to the subscriber. */
  readonly roomier: () => void;
  /** Requests to the subscriber are held back from now on. */
  readonly held: (why: 'breaker' | 'retry-after') => void;
}

/** The ways out of an egress: one gate for each of its targets. Only the way to the subscriber has a limit of its own. */
export class EgressGates implements Readonly<Record<RequestTarget, TargetGate>> {
  readonly subscriber: TargetGate;
  readonly deadLetterSink: TargetGate;
  readonly reply: TargetGate;
  readonly #patienceMs: number;

  constructor(options: EgressGatesOptions) {
    const { destinations, maxInFlight, isAdaptive, patienceMs, roomier, held } = options;
    this.#patienceMs = patienceMs;
    this.subscriber = new TargetGate({
      destinations,
      limit: isAdaptive ? new AdaptiveLimit({ ceiling: maxInFlight }) : undefined,
      outageLimit: Math.ceil(Math.sqrt(maxInFlight)),
      host: { roomier, held },
    });
    const host = { roomier: (): void => undefined, held: (): void => undefined };
    this.deadLetterSink = new TargetGate({ destinations, host });
    this.reply = new TargetGate({ destinations, host });
  }

  /** Leads where the plan says from now on. */
  follow({ delivery }: EgressPlan): void {
    const { subscriber, deadLetter, reply, policy } = delivery;
    const retryAfterMaxMs = policy.retry.retryAfterMaxMs ?? 0;
    const { attemptTimeoutMs } = policy;
    const aim = ({ url, caPem }: Endpoint, patienceMs: number): GateAim => ({
      url,
      caPem,
      attemptTimeoutMs,
      patienceMs,
      retryAfterMaxMs,
    });
    const patienceMs = this.#patienceMs;
    this.deadLetterSink.aimAt(deadLetter === undefined ? undefined : aim(deadLetter, patienceMs));
    this.reply.aimAt(reply.kind === 'endpoint' ? aim(reply.endpoint, patienceMs) : undefined);
    // Last, because it may begin deliveries at once.
    this.subscriber.aimAt(aim(subscriber, deadLetter === undefined ? Number.POSITIVE_INFINITY : patienceMs));
  }

  /** Leads nowhere; destinations that nobody else uses are forgotten. */
  close(): void {
    for (const gate of [this.subscriber, this.deadLetterSink, this.reply]) gate.aimAt(undefined);
  }
}
