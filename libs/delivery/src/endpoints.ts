import { deliveryPolicy } from './delivery-policy.ts';
import type { DeliveryPolicy, EgressConfigLike } from './delivery-policy.ts';

/** Where events are posted to. */
export interface Endpoint {
  /** Absolute URL. */
  readonly url: string;
  /** CA certificates (PEM) trusted for this target beside the platform's; empty: none. */
  readonly caPem: string;
  /** OIDC audience of the target; empty: no token is sent. */
  readonly audience: string;
}

/** What happens to an event in the subscriber's response. */
export type ReplyTarget =
  | { readonly kind: 'topic' }
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'discard' };

/** Everything that decides where and how an egress delivers. */
export interface DeliveryPlan {
  readonly subscriber: Endpoint;
  readonly reply: ReplyTarget;
  /** `undefined`: an event that fails is lost. */
  readonly deadLetter: Endpoint | undefined;
  /** For subscriber, reply and dead letter alike, each on its own. */
  readonly policy: DeliveryPolicy;
  readonly contentMode: 'binary' | 'structured';
}

/** Delivery settings of a contract message: {@link EgressConfigLike} and the dead letter sink. */
export interface PlannedEgressConfigLike extends EgressConfigLike {
  readonly deadLetter: string;
  readonly deadLetterCaCerts: string;
  readonly deadLetterAudience: string;
  readonly format: string;
}

/** An egress of a contract, as far as it is read here. */
export interface PlannedEgressLike {
  readonly destination: string;
  readonly destinationCaCerts: string;
  readonly destinationAudience: string;
  readonly replyUrlCaCerts: string;
  readonly replyUrlAudience: string;
  readonly replyStrategy:
    | { readonly $case: 'replyUrl'; readonly value: string }
    | { readonly $case: 'replyToOriginalTopic' | 'discardReply'; readonly value: unknown }
    | undefined;
  readonly egressConfig: PlannedEgressConfigLike | undefined;
}

/** Plan of an egress. Its own delivery settings are taken whole, and only without any those of the resource. */
export function deliveryPlan(
  egress: PlannedEgressLike,
  resourceConfig: PlannedEgressConfigLike | undefined,
): DeliveryPlan {
  const config = egress.egressConfig ?? resourceConfig;
  return {
    subscriber: { url: egress.destination, caPem: egress.destinationCaCerts, audience: egress.destinationAudience },
    reply: replyTarget(egress),
    deadLetter: config === undefined || config.deadLetter === '' ? undefined : deadLetterEndpoint(config),
    policy: deliveryPolicy(config),
    contentMode: config?.format === 'json' ? 'structured' : 'binary',
  };
}

function deadLetterEndpoint(config: PlannedEgressConfigLike): Endpoint {
  return { url: config.deadLetter, caPem: config.deadLetterCaCerts, audience: config.deadLetterAudience };
}

function replyTarget(egress: PlannedEgressLike): ReplyTarget {
  const strategy = egress.replyStrategy;
  if (strategy?.$case === 'discardReply') return { kind: 'discard' };
  if (strategy?.$case !== 'replyUrl') return { kind: 'topic' };
  const endpoint = { url: strategy.value, caPem: egress.replyUrlCaCerts, audience: egress.replyUrlAudience };
  return { kind: 'endpoint', endpoint };
}
