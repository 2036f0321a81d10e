import type { ResourceKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { Broker, KafkaSink, Trigger } from '../objects/resource-types.ts';
import { brokerConfigOf, brokerConfigReference } from './broker-config.ts';
import { recordedCluster, recordedSecret } from './cluster-annotations.ts';
import type { ClusterReference } from './cluster-annotations.ts';
import { groupAnnotation } from './group-plan.ts';
import type { PlanningOptions } from './planning-options.ts';
import { sinkTopic } from './sink-plan.ts';
import { externalTopicAnnotation, recordedOwnership, topicAnnotation } from './topic-ownership.ts';
import type { TopicPlan } from './topic-plan.ts';

type Annotations = Pick<ResourceStatus, 'annotations'> | undefined;

/** What an object leaves behind that was made for it. Told from its status, as all that it names may be gone or nonsense by then. */
export interface DeletionPlan {
  /** A topic that was made here. Absent: there is none, or it is somebody else's. */
  readonly topic?: TopicPlan;
  /** A consumer group. */
  readonly group?: { readonly cluster: ClusterReference; readonly groupId: string };
  /** A Secret that carries our finalizer for this object. */
  readonly secret?: ResourceKey;
  /** What cannot be deleted because nothing says any more in which cluster it is: `topic orders`. It is told, and left behind. */
  readonly leftBehind: readonly string[];
}

/**
 * What a Broker leaves behind (control-plane 7.4). Nothing that blocks for ever: a topic that was never made is not deleted (26 no. 36), a
 * configuration that is gone or broken is had from the status (26 nos. 11, 12), and the Secret is released in any case (26 no. 10).
 */
export function planBrokerDeletion(
  broker: Broker,
  view: ResourceView,
  status: Annotations,
  options: PlanningOptions,
): DeletionPlan {
  const annotations = status?.annotations ?? {};
  const reference = broker.invalid === undefined ? brokerConfigReference(broker, options.features(view)) : undefined;
  const namespace = reference?.namespace ?? broker.metadata.namespace;
  const secret = recordedSecret(annotations, namespace);
  const withSecret = secret === undefined ? {} : { secret };
  const name = annotations[topicAnnotation];
  const isExternal =
    recordedOwnership(annotations) === 'external' || broker.metadata.annotations[externalTopicAnnotation] !== undefined;
  if (name === undefined || isExternal) return { ...withSecret, leftBehind: [] };

  const cluster = recordedCluster(annotations, namespace) ?? configuredCluster(broker, view, options);
  if (cluster === undefined) return { ...withSecret, leftBehind: [`topic ${name}`] };
  return { ...withSecret, topic: topicIn(cluster, name), leftBehind: [] };
}

/** What a KafkaSink leaves behind (control-plane 15.3): its topic, if its status says that it was made here. */
export function planSinkDeletion(sink: KafkaSink, status: Annotations): DeletionPlan {
  const isOurs = recordedOwnership(status?.annotations ?? {}) === 'managed';
  const { name, bootstrapServers, secret } = sinkTopic(sink);
  if (!isOurs || name === '') return { leftBehind: [] };
  if (bootstrapServers === '') return { leftBehind: [`topic ${name}`] };
  return { topic: topicIn({ bootstrapServers, ...(secret === undefined ? {} : { secret }) }, name), leftBehind: [] };
}

/**
 * What a Trigger leaves behind (control-plane 11.3): its consumer group, in the cluster of its Broker, or in the one that its own status
 * names when the Broker is gone.
 */
export function planTriggerDeletion(
  trigger: Trigger,
  status: Annotations,
  brokerCluster: ClusterReference | undefined,
): DeletionPlan {
  const annotations = status?.annotations ?? {};
  const groupId = annotations[groupAnnotation];
  if (groupId === undefined) return { leftBehind: [] };
  const cluster = recordedCluster(annotations, trigger.metadata.namespace) ?? brokerCluster;
  return cluster === undefined
    ? { leftBehind: [`consumer group ${groupId}`] }
    : { group: { cluster, groupId }, leftBehind: [] };
}

/** The Secret that a Broker needed so far and needs no longer: another one is configured, or none (control-plane 26 no. 10). */
export function releasedSecret(before: Annotations, now: Annotations, namespace: string): ResourceKey | undefined {
  const old = recordedSecret(before?.annotations ?? {}, namespace);
  const next = recordedSecret(now?.annotations ?? {}, namespace);
  return old !== undefined && (old.name !== next?.name || old.namespace !== next.namespace) ? old : undefined;
}

/** Of a status that a controller before us wrote without saying where the cluster is. */
function configuredCluster(broker: Broker, view: ResourceView, options: PlanningOptions): ClusterReference | undefined {
  if (broker.invalid !== undefined) return undefined;
  const config = brokerConfigOf(broker, view, {}, options);
  if (!config.ok) return undefined;
  const { bootstrapServers, secret } = config.value;
  return {
    bootstrapServers: bootstrapServers.join(','),
    ...(secret === undefined ? {} : { secret: { kind: 'Secret', ...secret } }),
  };
}

/** A topic to delete: how it was made does not matter any more. */
function topicIn(cluster: ClusterReference, name: string): TopicPlan {
  return { ...cluster, name, ownership: 'managed', partitions: 0, replicationFactor: 0, config: {} };
}
