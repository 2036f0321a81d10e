import { isDeepStrictEqual } from 'node:util';
import { conditionOf, planBroker, planKafkaSink } from '@eventing-kafka/resources';
import type {
  Broker,
  IngressPlan,
  KafkaSink,
  PlanningOptions,
  ResourceView,
  TopicPlan,
} from '@eventing-kafka/resources';
import { ensureTopic } from './ensure-topic.ts';
import type { EnsureTopicResult } from './ensure-topic.ts';
import type { IngressEntry, TriggerEntry } from './entries.ts';
import { busyAgainMs } from './kafka-access.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { moveGroups } from './move-groups.ts';
import type { WorkResult } from './work-queue.ts';

/** Brings the topic of a Broker or KafkaSink about, with where its `triggers` start on it, and works out its part of the contract. */
export async function reconcileIngress(
  entry: IngressEntry,
  object: Broker | KafkaSink,
  view: ResourceView,
  options: PlanningOptions,
  kafka: KafkaAccess,
  triggers: () => Iterable<TriggerEntry>,
): Promise<WorkResult> {
  const plan =
    object.kind === 'Broker' ? planBroker(object, view, entry.status, options) : planKafkaSink(object, view, options);
  const { topic } = plan;
  if (topic === undefined || isDeepStrictEqual(topic, entry.readyTopic)) {
    settle(entry, plan, topic !== undefined);
    if (topic !== undefined) entry.topic = { kind: 'ready' };
    return { kind: 'done' };
  }

  const result = await bringAbout(entry, topic, triggers, kafka);
  if (result.kind === 'busy') return { kind: 'again', afterMs: busyAgainMs };
  entry.topic = result.outcome;
  if (result.outcome.kind === 'ready') {
    entry.readyTopic = topic;
    settle(entry, plan, true);
    return { kind: 'done' };
  }
  const isUnreachable = result.outcome.step === 'connect';
  // A topic that was there in an earlier life is believed to be there still while its cluster cannot be asked: taking what
  // it carries out of service would turn "try again later" into "no such Broker".
  settle(entry, plan, isUnreachable && wasReady(entry, topic));
  entry.undecided = isUnreachable && entry.resource === undefined;
  return result.retry ? { kind: 'retry' } : { kind: 'done' };
}

/** The topic is there, and the groups that read the one before know where to start on it. */
async function bringAbout(
  entry: IngressEntry,
  topic: TopicPlan,
  triggers: () => Iterable<TriggerEntry>,
  kafka: KafkaAccess,
): Promise<EnsureTopicResult> {
  const made = await ensureTopic(kafka, topic);
  if (made.kind === 'busy' || made.outcome.kind === 'failed') return made;
  const moved = await moveGroups(entry, topic, triggers, kafka);
  if (moved.kind === 'busy' || moved.outcome.kind === 'done') return moved.kind === 'busy' ? moved : made;
  const step = moved.unreachable ? 'connect' : 'offsets';
  return { kind: 'tried', outcome: { kind: 'failed', step, message: moved.outcome.message }, retry: true };
}

/** The plan takes effect as far as it is good; what was good before stays in place of what is not. */
function settle(entry: IngressEntry, plan: IngressPlan, isTopicThere: boolean): void {
  entry.plan = plan;
  entry.undecided = false;
  if (isTopicThere && plan.resource !== undefined && !isDeepStrictEqual(plan.resource, entry.resource)) {
    entry.resource = plan.resource;
  }
}

function wasReady({ left }: IngressEntry, topic: TopicPlan): boolean {
  if (left === undefined) return false;
  const known = left.annotations['default.topic'];
  return known === undefined ? conditionOf(left.conditions, 'TopicReady')?.status === 'True' : known === topic.name;
}
