import type { Resource } from '@eventing-kafka/contract';
import { isFalse, isRefused } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import type { Features } from '../features/features.ts';
import type { ResourceKey } from '../objects/resource-key.ts';
import { apiVersions } from '../objects/resource-key.ts';
import type { Address, ResourceStatus } from '../objects/resource-status.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Broker, KafkaSink, ObjectMetadata } from '../objects/resource-types.ts';
import { planEventPolicies } from './event-policies.ts';
import type { PolicyPlan } from './event-policies.ts';
import { ingressAddresses, plainAddress } from './ingress-address.ts';
import { invalidText } from './invalid-object.ts';
import type { PlanningOptions } from './planning-options.ts';
import { topicNameProblem } from './topic-plan.ts';
import type { TopicPlan } from './topic-plan.ts';

/** What a Broker or KafkaSink asks for: a topic, and a resource of the contract without its egresses. */
export interface IngressPlan {
  readonly object: Broker | KafkaSink;
  /** Absent when it cannot be told which topic is meant. */
  readonly topic?: TopicPlan;
  /** Absent when something in the object is wrong; `failures` says what. */
  readonly resource?: Resource;
  /** What cannot be done as written. The rest of the plan stands. */
  readonly failures: readonly ConditionMark[];
  /** Where events are taken once it is served. */
  readonly address: Address;
  /** All of that, https first. */
  readonly addresses: readonly Address[];
  /** `EventPoliciesReady`. */
  readonly eventPoliciesReady: ConditionMark;
  /** Fields of the status that are known from the object alone. */
  readonly status: Partial<ResourceStatus> & Pick<ResourceStatus, 'annotations'>;
}

/** What Brokers and KafkaSinks have in common: addresses, who may send, and whether the object can be taken at all. */
export function planWayIn(
  object: Broker | KafkaSink,
  view: ResourceView,
  features: Features,
  options: PlanningOptions,
): Pick<IngressPlan, 'address' | 'addresses' | 'eventPoliciesReady' | 'failures'> & { readonly policies: PolicyPlan } {
  const policies = planEventPolicies(object, view, features, options);
  const found = ingressAddresses(object, view, features, options);
  const plain = plainAddress(object, features, options);
  return {
    policies,
    eventPoliciesReady: policies.condition,
    address: found.ok ? found.value.address : plain,
    addresses: found.ok ? found.value.addresses : [plain],
    failures: [
      ...(object.invalid === undefined
        ? []
        : [isRefused(object.invalid[0]?.path ?? [], 'ConfigParsed', 'InvalidSpec', invalidText(object.invalid))]),
      ...(found.ok ? [] : [isFalse('Addressable', 'AddressNotAvailable', found.error)]),
    ],
  };
}

/** Why a topic cannot be had by its name alone; undefined when it can. */
export function refusedTopicName(topic: TopicPlan | undefined): ConditionMark | undefined {
  const problem = topic === undefined ? undefined : topicNameProblem(topic.name);
  return problem === undefined ? undefined : isFalse('TopicReady', 'InvalidTopicName', problem);
}

/** `auth` of a contract's resource, from the Secret that was named and found. */
export function authOf(secret: ResourceKey | undefined, view: ResourceView): Resource['auth'] {
  if (secret === undefined) return undefined;
  const found = view.get('Secret', secret.namespace, secret.name);
  if (found === undefined) return undefined;
  const { uid, namespace, name, resourceVersion } = found.metadata;
  return {
    $case: 'authSecret',
    value: { uuid: uid, namespace, name, version: resourceVersion, kind: '', groupVersion: '' },
  };
}

/** Why a Secret cannot be had: it is not there, in the words of the API server, or may not be read; undefined when it can. */
export function missingSecret(secret: ResourceKey | undefined, view: ResourceView): string | undefined {
  if (secret === undefined) return undefined;
  const { namespace, name } = secret;
  if (view.get('Secret', namespace, name) !== undefined) return undefined;
  const why = view.whyAbsent?.('Secret', namespace, name) ?? `secrets "${name}" not found`;
  return `failed to get secret ${namespace}/${name}: ${why}`;
}

/** The user's object, for the contract. */
export function referenceTo(
  kind: 'Broker' | 'Trigger' | 'KafkaSink',
  metadata: ObjectMetadata,
): NonNullable<Resource['reference']> {
  const { uid, namespace, name } = metadata;
  return { uuid: uid, namespace, name, version: '', kind, groupVersion: apiVersions[kind] };
}
