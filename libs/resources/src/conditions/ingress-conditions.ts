import type { ConditionMark } from './conditions.ts';
import { isFalse, isTrue, isUnknown } from './conditions.ts';
import type { IngressPlan } from '../planning/ingress-plan.ts';
import type { PublishOutcome, ServingStatus } from './serving-status.ts';
import { processNames, refusalMessage } from './serving-status.ts';
import { topicOwner } from '../planning/topic-ownership.ts';
import type { TopicOutcome } from '../planning/topic-plan.ts';

/** All that is known about a Broker or KafkaSink. What has not been tried yet is absent. */
export interface IngressObservation {
  readonly plan: IngressPlan;
  readonly topic?: TopicOutcome;
  /** What came of bringing about a data plane of its own; absent: it has none, or nothing was tried yet. */
  readonly dataPlane?: { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly message: string };
  readonly publish?: PublishOutcome;
  /** Of the receivers. */
  readonly serving: ServingStatus;
  /** Whether it was served before: an address once given stays. */
  readonly hasAddress: boolean;
}

type Check = (observation: IngressObservation) => ConditionMark;

/** The policy, in its order: each check answers for one condition (control-plane 7.2, 7.3, 15.2). */
const checks: readonly Check[] = [
  dataPlaneAvailable,
  configParsed,
  topicReady,
  contractUpdated,
  eventPoliciesReady,
  probeSucceeded,
  addressable,
];

/** What holds of a Broker or KafkaSink. */
export function ingressConditions(observation: IngressObservation): readonly ConditionMark[] {
  return checks.map((check) => check(observation));
}

function dataPlaneAvailable({ plan, dataPlane, serving }: IngressObservation): ConditionMark {
  const failure = failureOf(plan, 'DataPlaneAvailable');
  if (failure !== undefined) return failure;
  if (dataPlane?.kind === 'failed') return isFalse('DataPlaneAvailable', 'CreateDataPlane', dataPlane.message);
  if (serving.kind !== 'no-process') return isTrue('DataPlaneAvailable');
  return {
    ...isFalse('DataPlaneAvailable', 'Data plane not available', 'Did you install the data plane for this component?'),
    waiting: true,
  };
}

function configParsed({ plan }: IngressObservation): ConditionMark {
  return failureOf(plan, 'ConfigParsed') ?? isTrue('ConfigParsed');
}

function topicReady({ plan, topic }: IngressObservation): ConditionMark {
  const failure = failureOf(plan, 'TopicReady');
  if (failure !== undefined) return failure;
  if (plan.topic === undefined || topic === undefined) return isUnknown('TopicReady');
  const { name, ownership } = plan.topic;
  if (topic.kind === 'ready') {
    return isTrue(
      'TopicReady',
      plan.object.kind === 'Broker' ? `Topic ${name} created` : `Topic ${name} (owner ${topicOwner(ownership)})`,
      topic.message,
    );
  }
  switch (topic.step) {
    case 'secret':
      return isFalse('TopicReady', 'Failed to get broker auth secret', topic.message);
    case 'connect':
      return isFalse('TopicReady', 'Failed to obtain Kafka cluster admin', topic.message);
    case 'create':
      return isFalse('TopicReady', `Failed to create topic: ${name}`, topic.message);
    case 'check':
      return isFalse('TopicReady', 'Topic is not present or invalid', `topics [${name}]: ${topic.message}`);
    case 'owned':
      return isFalse('TopicReady', 'TopicOwnedByAnother', topic.message);
    case 'offsets':
      return isFalse('TopicReady', `Failed to move consumer groups to topic: ${name}`, topic.message);
  }
}

/** The name is that of upstream, where the contract is a ConfigMap; here it is pushed (control-plane 25). */
function contractUpdated({ publish }: IngressObservation): ConditionMark {
  if (publish === undefined) return isUnknown('ConfigMapUpdated');
  if (publish.kind === 'published') return isTrue('ConfigMapUpdated', 'Contract updated');
  return isFalse('ConfigMapUpdated', publish.reason, publish.message);
}

function eventPoliciesReady({ plan }: IngressObservation): ConditionMark {
  return plan.eventPoliciesReady;
}

/** Upstream asks one receiver over HTTP; here all connected receivers have to acknowledge (control-plane 25, 26 no. 23). */
function probeSucceeded({ publish, serving }: IngressObservation): ConditionMark {
  if (publish?.kind !== 'published') return isUnknown('ProbeSucceeded');
  switch (serving.kind) {
    case 'serving':
      return isTrue('ProbeSucceeded');
    case 'no-process':
      return isUnknown('ProbeSucceeded');
    case 'pending':
      return {
        ...isFalse(
          'ProbeSucceeded',
          'ProbeStatus',
          `status: NotReady - not yet acknowledged by ${processNames(serving.nodeIds)}`,
        ),
        waiting: true,
      };
    case 'refused':
      return isFalse('ProbeSucceeded', serving.refusals[0]?.reason ?? 'Refused', refusalMessage(serving.refusals));
  }
}

function addressable({ plan, publish, serving, hasAddress }: IngressObservation): ConditionMark {
  const failure = failureOf(plan, 'Addressable');
  if (failure !== undefined) return failure;
  const served = publish?.kind === 'published' && serving.kind === 'serving';
  return served || hasAddress ? isTrue('Addressable') : isUnknown('Addressable');
}

function failureOf(plan: IngressPlan, type: string): ConditionMark | undefined {
  return plan.failures.find((failure) => failure.type === type);
}
