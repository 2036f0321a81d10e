import type { ConditionMark } from './conditions.ts';
import { isFalse, isTrue, isUnknown } from './conditions.ts';
import type { Condition } from '../objects/resource-status.ts';
import type { PublishOutcome, ServingStatus } from './serving-status.ts';
import { processNames, refusalMessage } from './serving-status.ts';
import type { TriggerPlan } from '../planning/trigger-plan.ts';

/** What came of giving a new consumer group its first offsets. */
export type InitialOffsetsOutcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly message: string };

/** `failed`: there is no account, or one that is needed no longer is still there. `no-tokens`: dispatchers may not ask for its tokens. */
export interface IdentityFailure {
  readonly kind: 'failed' | 'no-tokens';
  readonly message: string;
}

/** All that is known about a Trigger. What has not been tried yet is absent. */
export interface TriggerObservation {
  readonly plan: TriggerPlan;
  /** `Ready` of the Broker, and whether it is only waited for. */
  readonly brokerReady?: { readonly condition: Condition; readonly waiting: boolean };
  /** What came of making its ServiceAccount, or of giving the dispatchers its tokens, where that failed. */
  readonly identity?: IdentityFailure;
  readonly offsets?: InitialOffsetsOutcome;
  readonly publish?: PublishOutcome;
  /** Of the dispatchers. */
  readonly serving: ServingStatus;
}

type Check = (observation: TriggerObservation) => ConditionMark;

/** The policy, in its order: each check answers for one condition (control-plane 9.1, 9.2; truthful as in 26 no. 20). */
const checks: readonly Check[] = [
  brokerReady,
  oidcIdentityCreated,
  subscriberResolved,
  deadLetterSinkResolved,
  subscriptionReady,
  dependencyReady,
];

/** What holds of a Trigger. */
export function triggerConditions(observation: TriggerObservation): readonly ConditionMark[] {
  return checks.map((check) => check(observation));
}

function brokerReady({ plan, brokerReady: broker }: TriggerObservation): ConditionMark {
  const failure = failureOf(plan, 'BrokerReady');
  if (failure !== undefined) return failure;
  if (broker === undefined)
    return isUnknown('BrokerReady', 'BrokerNotConfigured', 'Broker has not yet been reconciled.');
  const { status, reason = '', message = '' } = broker.condition;
  switch (status) {
    case 'True':
      return isTrue('BrokerReady');
    case 'False':
      return { ...isFalse('BrokerReady', reason, message), ...(broker.waiting ? { waiting: true as const } : {}) };
    case 'Unknown':
      return isUnknown('BrokerReady', reason, message);
  }
}

function oidcIdentityCreated({ plan, identity }: TriggerObservation): ConditionMark {
  const { condition } = plan.identity;
  if (identity?.kind === 'no-tokens') return isFalse('OIDCIdentityCreated', 'TokensNotGranted', identity.message);
  if (condition.status !== 'Unknown' || identity === undefined) return condition;
  const reason = 'Unable to resolve service account for OIDC authentication';
  return isFalse('OIDCIdentityCreated', reason, identity.message);
}

function subscriberResolved({ plan }: TriggerObservation): ConditionMark {
  const failure = failureOf(plan, 'SubscriberResolved');
  if (failure !== undefined) return failure;
  if (plan.status.subscriberUri === undefined) return isUnknown('SubscriberResolved');
  return isTrue('SubscriberResolved', plan.subscriberResolved?.reason, plan.subscriberResolved?.message);
}

function deadLetterSinkResolved({ plan }: TriggerObservation): ConditionMark {
  const failure = failureOf(plan, 'DeadLetterSinkResolved');
  if (failure !== undefined) return failure;
  if (plan.broker === undefined) return isUnknown('DeadLetterSinkResolved');
  if (plan.hasDeadLetterSink)
    return plan.status.deadLetterSinkUri === undefined
      ? isUnknown('DeadLetterSinkResolved')
      : isTrue('DeadLetterSinkResolved');
  return isTrue('DeadLetterSinkResolved', 'DeadLetterSinkNotConfigured', 'No dead letter sink is configured.');
}

/** The subscription is right and its starting point is fixed. */
function subscriptionReady({ plan, offsets, publish }: TriggerObservation): ConditionMark {
  const failure = failureOf(plan, 'SubscriptionReady');
  if (failure !== undefined) return failure;
  if (publish?.kind === 'failed') return isFalse('SubscriptionReady', publish.reason, publish.message);
  return offsets?.kind === 'done' && publish !== undefined
    ? isTrue('SubscriptionReady')
    : isUnknown('SubscriptionReady');
}

/** Dispatchers deliver for it. Upstream says here what became of the consumer group. */
function dependencyReady({ plan, offsets, publish, serving }: TriggerObservation): ConditionMark {
  const failure = failureOf(plan, 'DependencyReady');
  if (failure !== undefined) return failure;
  if (plan.egress === undefined) return isUnknown('DependencyReady');
  if (offsets?.kind === 'failed') return isFalse('DependencyReady', 'InitializeOffset', offsets.message);
  const notYet = (detail: string): ConditionMark =>
    isUnknown('DependencyReady', 'failed to reconcile consumer group', `consumer group is not ready${detail}`);
  if (serving.kind === 'no-process') {
    return { ...isFalse('DependencyReady', 'Data plane not available', 'No dispatcher is connected.'), waiting: true };
  }
  if (publish?.kind !== 'published') return notYet('');
  switch (serving.kind) {
    case 'serving':
      return isTrue('DependencyReady');
    case 'pending':
      return notYet(`: not yet acknowledged by ${processNames(serving.nodeIds)}`);
    case 'refused':
      return isFalse('DependencyReady', serving.refusals[0]?.reason ?? 'Refused', refusalMessage(serving.refusals));
  }
}

function failureOf(plan: TriggerPlan, type: string): ConditionMark | undefined {
  return plan.failures.find((failure) => failure.type === type);
}
