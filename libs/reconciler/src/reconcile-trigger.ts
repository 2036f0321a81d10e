import { isDeepStrictEqual } from 'node:util';
import { InitialOffset } from '@eventing-kafka/contract';
import type { Egress } from '@eventing-kafka/contract';
import { conditionOf, groupAnnotation, topicAnnotation } from '@eventing-kafka/resources';
import type { TopicPlan, TriggerPlan } from '@eventing-kafka/resources';
import type { IngressEntry, TriggerEntry } from './entries.ts';
import type { FirstOffsets } from './kafka/first-offsets.ts';
import type { WorkResult } from './queue/work-queue.ts';

/**
 * Fixes where the group of a Trigger starts and works out its part of the contract. Where the Broker's topic is not there yet,
 * nothing is done: the Broker wakes its Triggers. Offsets are fixed for many Triggers together: `wake` is called when those of this one are.
 */
export function reconcileTrigger(
  entry: TriggerEntry,
  plan: TriggerPlan,
  broker: IngressEntry | undefined,
  firstOffsets: Pick<FirstOffsets, 'ask'>,
  wake: () => void,
): WorkResult {
  entry.plan = plan;
  if (plan.egress === undefined) {
    entry.undecided = false;
    // Without its Broker there is nothing to take events from; anything else wrong leaves the version before in place.
    if (plan.broker === undefined) {
      entry.egress = undefined;
      entry.offsets = undefined;
      entry.offsetsFixedFor = '';
    }
    return { kind: 'done' };
  }
  const topic = broker?.readyTopic ?? (broker?.resource === undefined ? undefined : broker.plan?.topic);
  if (topic === undefined) {
    entry.undecided = broker?.undecided ?? true;
    return { kind: 'done' };
  }
  const groupId = plan.egress.consumerGroup;
  const startsWhere = groupText(topic, groupId);
  if (entry.offsetsFixedFor === startsWhere) return accept(entry, plan.egress, topic);
  // The contract says it, the dispatchers do it.
  if (plan.egress.initialOffset === InitialOffset.EARLIEST) return accept(entry, plan.egress, topic);

  if (entry.start?.of !== startsWhere) entry.start = { of: startsWhere, positions: new Map(), result: undefined };
  const { start } = entry;
  const { result } = start;
  if (result === undefined) {
    const isAsBefore = wasSubscribedTo(entry, broker, topic, groupId);
    if (isAsBefore) serve(entry, plan.egress, topic);
    firstOffsets.ask(topic, { id: groupId, positions: start.positions }, entry.text, (settled) => {
      if (isAsBefore && settled.outcome.kind === 'done' && entry.start === start) {
        entry.offsetsFixedFor = startsWhere;
        entry.start = undefined;
        return;
      }
      start.result = settled;
      wake();
    });
    return { kind: 'done' };
  }
  start.result = undefined;
  entry.offsets = result.outcome;
  if (result.outcome.kind === 'done') return accept(entry, plan.egress, topic);
  if (result.unreachable && wasSubscribed(entry)) take(entry, plan.egress);
  entry.undecided = result.unreachable && entry.egress === undefined;
  return { kind: 'retry' };
}

function accept(entry: TriggerEntry, egress: Egress, topic: TopicPlan): WorkResult {
  entry.offsetsFixedFor = groupText(topic, egress.consumerGroup);
  entry.start = undefined;
  serve(entry, egress, topic);
  return { kind: 'done' };
}

function serve(entry: TriggerEntry, egress: Egress, topic: TopicPlan): void {
  entry.offsets = { kind: 'done' };
  entry.group = { cluster: topic, groupId: egress.consumerGroup };
  entry.undecided = false;
  take(entry, egress);
}

function take(entry: TriggerEntry, egress: Egress): void {
  if (!isDeepStrictEqual(egress, entry.egress)) entry.egress = egress;
}

/** Its group was given its offsets in an earlier life. */
function wasSubscribed({ left }: TriggerEntry): boolean {
  return left !== undefined && conditionOf(left.conditions, 'SubscriptionReady')?.status === 'True';
}

/**
 * An earlier controller gave this very group its offsets on this very topic: dispatchers are at it, and a controller that starts does not hold
 * them up until Kafka has told of thousands of groups. It is looked at all the same, as the topic may have got partitions meanwhile.
 */
function wasSubscribedTo(
  entry: TriggerEntry,
  broker: IngressEntry | undefined,
  { name }: TopicPlan,
  groupId: string,
): boolean {
  return (
    wasSubscribed(entry) &&
    entry.left?.annotations[groupAnnotation] === groupId &&
    broker?.left?.annotations[topicAnnotation] === name
  );
}

/** Where a group starts, as text. */
export function groupText({ bootstrapServers, name }: TopicPlan, groupId: string): string {
  return JSON.stringify([bootstrapServers, name, groupId]);
}
