import { trigger } from '@eventing-kafka/e2e-support';
import type { EgressPromise } from './entries.ts';
import type { EgressSetup, Stage } from './scenario.ts';

/** The order of an egress, in the words of the annotation. */
export type Order = EgressPromise['order'];

/** What a Trigger of a scenario may have besides subscriber and delivery. */
export interface TriggerParts {
  readonly order: Order;
  /** Members of its spec, such as `filters`. */
  readonly spec?: object;
  /** Tells apart destinations of one egress. */
  readonly place?: string;
  /** For one attempt, `PT10S` unless told: a busy machine must not make a delivery fail that the subscriber has answered. */
  readonly timeout?: string;
}

/**
 * A Trigger that tries an event eleven times in about ten seconds, with time enough for each, and sends it to the dead letter sink
 * then. Without retries a connection that breaks would already be the end of an event.
 */
export function ledgerTrigger(
  stage: Stage,
  name: string,
  { order, spec = {}, place = '1', timeout = 'PT10S' }: TriggerParts,
): object {
  const { subscribers, broker } = stage;
  const made = trigger(triggerName(stage, name), broker, subscribers.url(name, place), {
    delivery: {
      retry: 10,
      backoffPolicy: 'linear',
      backoffDelay: 'PT0.2S',
      timeout,
      deadLetterSink: { uri: subscribers.deadLetterUrl(name) },
    },
    ...spec,
  }) as { readonly metadata: object };
  return {
    ...made,
    metadata: { ...made.metadata, annotations: { 'kafka.eventing.knative.dev/delivery.order': order } },
  };
}

/** The Trigger of an egress; its consumer group is named after it, so each scenario has its own. */
export function triggerName({ broker }: Stage, egress: string): string {
  return `${broker}-${egress}`;
}

/** An egress that wants every event and keeps one order all the time. */
export function everything(order: Order, parts: Partial<TriggerParts> = {}): EgressSetup {
  return {
    name: order,
    order,
    expects: () => 'wanted',
    trigger: (stage) => ledgerTrigger(stage, order, { order, ...parts }),
  };
}

/** One egress of each order, all of them for all events. */
export function eachOrder(parts: Partial<TriggerParts> = {}): readonly EgressSetup[] {
  return [everything('unordered', parts), everything('ordered', parts), everything('key', parts)];
}
