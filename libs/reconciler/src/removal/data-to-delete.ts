import { conditionOf, planBrokerDeletion, planSinkDeletion, planTriggerDeletion } from '@eventing-kafka/resources';
import type {
  ClusterReference,
  DeletionPlan,
  PlanningOptions,
  ResourceView,
  ServedResource,
} from '@eventing-kafka/resources';
import type { Entry, IngressEntry } from '../entries.ts';

/** What in Kafka goes with an object, and what of it cannot be found any more. */
export interface DataToDelete {
  readonly topic?: { readonly cluster: ClusterReference; readonly name: string };
  readonly group?: { readonly cluster: ClusterReference; readonly name: string };
  /** In words: `topic orders`. */
  readonly leftBehind: readonly string[];
}

/** Nothing. */
export const noData: DataToDelete = { leftBehind: [] };

/** What was made for an object that is gone, as far as it was seen here. */
export function dataOfEntry(entry: Entry): DataToDelete {
  if (entry.type === 'trigger') {
    if (entry.group === undefined) return noData;
    return { group: { cluster: entry.group.cluster, name: entry.group.groupId }, leftBehind: [] };
  }
  const { readyTopic } = entry;
  if (readyTopic?.ownership !== 'managed') return noData;
  return { topic: { cluster: readyTopic, name: readyTopic.name }, leftBehind: [] };
}

/** What was made for an object that is on its way out, by this controller or one before it. */
export function dataOfObject(
  entry: Entry,
  object: ServedResource,
  view: ResourceView,
  options: PlanningOptions,
  brokerCluster: ClusterReference | undefined,
): DataToDelete {
  const seen = dataOfEntry(entry);
  if (seen.topic !== undefined || seen.group !== undefined) return seen;
  if (entry.type === 'ingress' && entry.readyTopic !== undefined) return noData;
  const { topic, group, leftBehind } = planOf(entry, object, view, options, brokerCluster);
  return {
    leftBehind,
    ...(topic === undefined ? {} : { topic: { cluster: topic, name: topic.name } }),
    ...(group === undefined ? {} : { group: { cluster: group.cluster, name: group.groupId } }),
  };
}

function planOf(
  entry: Entry,
  object: ServedResource,
  view: ResourceView,
  options: PlanningOptions,
  brokerCluster: ClusterReference | undefined,
): DeletionPlan {
  switch (object.kind) {
    case 'Broker':
      return planBrokerDeletion(object, view, entry.status, options);
    case 'KafkaSink':
      // Its status says from the start whose the topic is meant to be; what never was there is not waited for (26 no. 36).
      return hadTopic(entry) ? planSinkDeletion(object, entry.status) : { leftBehind: [] };
    case 'Trigger':
      return planTriggerDeletion(object, entry.status, brokerCluster);
  }
}

function hadTopic({ left }: Pick<IngressEntry, 'left'>): boolean {
  if (left === undefined) return false;
  return left.address !== undefined || conditionOf(left.conditions, 'TopicReady')?.status === 'True';
}
