import { isDeepStrictEqual } from 'node:util';
import { conditionOf } from '@eventing-kafka/resources';
import type { IngressPlan, ResourceKey, ResourceView, TopicPlan } from '@eventing-kafka/resources';
import { ensureTopic } from './kafka/ensure-topic.ts';
import type { EnsureTopicResult } from './kafka/ensure-topic.ts';
import type { IngressEntry, TriggerEntry } from './entries.ts';
import { busyAgainMs } from './kafka/kafka-access.ts';
import type { KafkaAccess } from './kafka/kafka-access.ts';
import { moveGroups } from './kafka/move-groups.ts';
import type { WorkResult } from './queue/work-queue.ts';

/** What bringing the topic of a Broker or KafkaSink about works with. */
export interface IngressContext {
  readonly kafka: KafkaAccess;
  readonly view: ResourceView;
  /** Those of a Broker. */
  readonly triggers: () => Iterable<TriggerEntry>;
  /** Text of the object whose topic it is, if that is not this one. */
  readonly ownerOf: (topic: TopicPlan) => string | undefined;
  /** Done before a Secret is used. Rejects when it could not be kept or opened to the data plane: then it is not used. */
  readonly secretUsed: (secret: ResourceKey) => Promise<void>;
  /** It was not there, and was made. */
  readonly created: (topic: TopicPlan) => void;
}

/** Brings the topic of a Broker or KafkaSink about, with where its Triggers start on it, and works out its part of the contract. */
export async function reconcileIngress(
  entry: IngressEntry,
  plan: IngressPlan,
  context: IngressContext,
): Promise<WorkResult> {
  const { topic } = plan;
  if (topic === undefined) {
    settle(entry, plan, false);
    return { kind: 'done' };
  }
  const owner = context.ownerOf(topic);
  if (owner !== undefined) {
    const message = `topic ${topic.name} is the one of ${owner}; give one of the two another topic, or remove it`;
    entry.topic = { kind: 'failed', step: 'owned', message };
    settle(entry, plan, false);
    // What it served from this topic before was somebody else's.
    if (entry.readyTopic?.name === topic.name) entry.readyTopic = undefined;
    if (entry.readyTopic === undefined) entry.resource = undefined;
    return { kind: 'done' };
  }
  const version = secretVersion(topic, context.view);
  if (isDeepStrictEqual(topic, entry.readyTopic) && version === entry.readyVersion) {
    settle(entry, plan, true);
    if (entry.topic?.kind !== 'ready') entry.topic = { kind: 'ready' };
    return { kind: 'done' };
  }
  const result = (await useSecret(topic, context)) ?? (await bringAbout(entry, topic, context));
  if (result.kind === 'busy') return { kind: 'again', afterMs: busyAgainMs };
  entry.topic = result.outcome;
  if (result.isNew) context.created(topic);
  if (result.outcome.kind === 'ready') {
    entry.readyTopic = topic;
    entry.readyVersion = version;
    settle(entry, plan, true);
    return { kind: 'done' };
  }
  const isUnknown = result.outcome.step === 'connect' || result.outcome.step === 'secret';
  // A topic that was there in an earlier life is believed to be there still while its cluster cannot be asked: taking what
  // it carries out of service would turn "try again later" into "no such Broker".
  settle(entry, plan, isUnknown && entry.resource === undefined && wasReady(entry, topic));
  entry.undecided = result.outcome.step === 'connect' && entry.resource === undefined;
  return result.retry ? { kind: 'retry' } : { kind: 'done' };
}

/** Undefined: it can be used, or there is none. Rights are given namespace by namespace, and may be missing. */
async function useSecret(
  { secret }: TopicPlan,
  { secretUsed }: IngressContext,
): Promise<EnsureTopicResult | undefined> {
  if (secret === undefined) return undefined;
  try {
    await secretUsed(secret);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Secret ${secret.namespace}/${secret.name} cannot be kept and opened to the data plane: ${why}`;
    return { kind: 'tried', outcome: { kind: 'failed', step: 'secret', message }, retry: true, isNew: false };
  }
}

/** The topic is there, and the groups that read the one before know where to start on it. */
async function bringAbout(
  entry: IngressEntry,
  topic: TopicPlan,
  { kafka, triggers }: IngressContext,
): Promise<EnsureTopicResult> {
  const made = await ensureTopic(kafka, topic);
  if (made.kind === 'busy' || made.outcome.kind === 'failed') return made;
  const moved = await moveGroups(entry, topic, triggers, kafka);
  if (moved.kind !== 'failed') return moved.kind === 'busy' ? moved : made;
  const step = moved.unreachable ? 'connect' : 'offsets';
  return { ...made, outcome: { kind: 'failed', step, message: moved.message }, retry: true };
}

/** The plan takes effect as far as it is good; what was good before stays in place of what is not. */
function settle(entry: IngressEntry, plan: IngressPlan, isTopicThere: boolean): void {
  entry.plan = plan;
  entry.undecided = false;
  if (isTopicThere && plan.resource !== undefined && !isDeepStrictEqual(plan.resource, entry.resource)) {
    entry.resource = plan.resource;
  }
}

/** The topic of an object was made or found in an earlier life. */
export function wasReady({ left }: Pick<IngressEntry, 'left'>, topic: Pick<TopicPlan, 'name'>): boolean {
  if (left === undefined) return false;
  const known = left.annotations['default.topic'];
  return known === undefined ? conditionOf(left.conditions, 'TopicReady')?.status === 'True' : known === topic.name;
}

/** Version of the Secret that a topic is reached with; empty: without one. */
function secretVersion({ secret }: TopicPlan, view: ResourceView): string {
  if (secret === undefined) return '';
  return view.get('Secret', secret.namespace, secret.name)?.metadata.resourceVersion ?? '';
}
