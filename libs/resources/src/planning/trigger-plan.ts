import { DeliveryOrder, InitialOffset, KeyType } from '@eventing-kafka/contract';
import type { Egress, EgressConfig } from '@eventing-kafka/contract';
import { tokenAccessAnnotation } from '../cluster/token-access.ts';
import { isFalse, isRefused } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import type { Features } from '../features/features.ts';
import { namespacedBrokerClass } from '../objects/broker-class.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Broker, Trigger } from '../objects/resource-types.ts';
import { brokerClassOf, isOurBroker } from './broker-class-of.ts';
import { deadLetterStatus, deliveryOf } from './broker-plan.ts';
import { dependencyProblem } from './dependency.ts';
import { resolveDestination } from './destination.ts';
import type { ResolveContext, ResolvedDestination } from './destination.ts';
import { egressConfigOf, plainEgressConfig } from './egress-config.ts';
import { groupAnnotation, groupIdOf } from './group-plan.ts';
import { referenceTo } from './ingress-plan.ts';
import { invalidText } from './invalid-object.ts';
import { planOidcIdentity } from './oidc-identity.ts';
import type { OidcIdentityPlan } from './oidc-identity.ts';
import type { Failure, Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';
import { filtersOf } from './trigger-filters.ts';

/** Annotation of a Trigger: in which order its events are delivered. */
export const deliveryOrderAnnotation = 'kafka.eventing.knative.dev/delivery.order';

/** What a Trigger asks for: an egress of its Broker's resource. */
export interface TriggerPlan {
  readonly trigger: Trigger;
  /** Absent: there is no such Broker now, or it is on its way out. */
  readonly broker?: Broker;
  /** Absent when there is no Broker, or something in the Trigger is wrong; `failures` says what. */
  readonly egress?: Egress;
  /** The Trigger's own `deadLetterSink`, or the Broker's. */
  readonly hasDeadLetterSink: boolean;
  /** The account under which its events are sent. */
  readonly identity: OidcIdentityPlan;
  /** The account whose tokens go along with its events: some destination asks for them. Absent: none does. */
  readonly tokensOf?: string;
  /** Words of `SubscriberResolved` when it is True; absent: none (control-plane 10.8). */
  readonly subscriberResolved?: { readonly reason: string; readonly message: string };
  readonly failures: readonly ConditionMark[];
  /** Fields of the status that are known from the objects alone. */
  readonly status: Partial<ResourceStatus> & Pick<ResourceStatus, 'annotations'>;
}

/**
 * What a Trigger asks for (control-plane 9, in what a user sees). Undefined when its Broker belongs to someone else: then the
 * Trigger does too. Its delivery settings take the place of the Broker's as a whole.
 */
export function planTrigger(
  trigger: Trigger,
  view: ResourceView,
  previous: Pick<ResourceStatus, 'annotations'> | undefined,
  options: PlanningOptions,
): TriggerPlan | undefined {
  const features = options.features(view);
  const { [tokenAccessAnnotation]: _held, ...annotations } = previous?.annotations ?? {};
  const { namespace } = trigger.metadata;
  const broker = trigger.spec.broker === '' ? undefined : view.get('Broker', namespace, trigger.spec.broker);
  if (broker !== undefined && !isOurBroker(broker, features)) return undefined;
  const identity = planOidcIdentity(trigger, view, features);
  const common = {
    trigger,
    identity,
    hasDeadLetterSink: false,
    status: { annotations, ...authStatus(identity) },
  };
  const invalid = invalidFailures(trigger);
  if (broker === undefined || broker.metadata.deletionTimestamp !== undefined)
    return { ...common, failures: [...invalid, ...absentBroker(trigger, broker)] };
  if (invalid.length > 0) return { ...common, broker, failures: invalid };
  return plannedEgress(trigger, broker, common, { view, features, options, annotations });
}

interface TriggerContext {
  readonly view: ResourceView;
  readonly features: Features;
  readonly options: PlanningOptions;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Everything that the Trigger says is looked at, so that all that is wrong is told at once. */
function plannedEgress(
  trigger: Trigger,
  broker: Broker,
  common: Pick<TriggerPlan, 'trigger' | 'identity' | 'status'>,
  { view, features, options, annotations }: TriggerContext,
): TriggerPlan {
  const context: ResolveContext = { namespace: trigger.metadata.namespace, view, options };
  const spec = trigger.spec.delivery ?? deliveryOf(broker, features);
  const order = deliveryOrderOf(trigger);
  const subscriber = resolveDestination(trigger.spec.subscriber, context);
  const delivery = egressConfigOf(spec, context);
  const filters = filtersOf(trigger);
  const groupId = groupIdOf(trigger, annotations, features);
  const dependency = dependencyProblem(trigger, view);
  const { identity } = common;
  const failures = [
    ...(order.ok ? [] : [orderFailure(order)]),
    ...(groupId.ok ? [] : [isFalse('DependencyReady', 'InvalidConsumerGroup', groupId.error)]),
    ...(subscriber.ok ? [] : [subscriberFailure(subscriber)]),
    ...(delivery.ok ? [] : [deliveryFailure(trigger, delivery)]),
    ...(filters.ok ? [] : [isRefused(filters.path, 'SubscriptionReady', 'InvalidFilter', filters.error)]),
    ...(dependency === undefined ? [] : [dependency]),
  ];
  const plan: TriggerPlan = {
    ...common,
    broker,
    failures,
    hasDeadLetterSink: spec?.deadLetterSink !== undefined,
    ...(order.ok && brokerClassOf(broker, features) === namespacedBrokerClass
      ? { subscriberResolved: orderWords(order.value) }
      : {}),
    status: {
      ...common.status,
      annotations: groupId.ok ? { ...annotations, [groupAnnotation]: groupId.value } : annotations,
      ...(subscriber.ok ? subscriberStatus(subscriber.value) : {}),
      ...(delivery.ok ? deadLetterStatus(delivery.value) : {}),
    },
  };
  // Nothing is sent in the name of an account that is not the Trigger's.
  const isForeignIdentity = identity.condition.status === 'False';
  if (!order.ok || !groupId.ok || !subscriber.ok || !delivery.ok || !filters.ok || isForeignIdentity) return plan;
  const asksForTokens = subscriber.value.audience !== '' || (delivery.value?.deadLetterAudience ?? '') !== '';
  return {
    ...(asksForTokens ? withTokensOf(plan, identity.serviceAccountName) : plan),
    egress: {
      consumerGroup: groupId.value,
      destination: subscriber.value.url,
      destinationCaCerts: subscriber.value.caCerts,
      destinationAudience: subscriber.value.audience,
      replyStrategy: { $case: 'replyToOriginalTopic', value: {} },
      replyUrlCaCerts: '',
      replyUrlAudience: '',
      filter: filters.value.filter,
      dialectedFilter: [...filters.value.dialectedFilter],
      uid: trigger.metadata.uid,
      egressConfig: ownConfig(trigger, delivery.value),
      deliveryOrder: order.value,
      keyType: KeyType.String,
      reference: referenceTo('Trigger', trigger.metadata),
      vReplicas: 1,
      featureFlags: featureFlagsOf(features),
      oidcServiceAccountName: identity.serviceAccountName ?? '',
      initialOffset: features.initialOffset === 'earliest' ? InitialOffset.EARLIEST : InitialOffset.LATEST,
    },
  };
}

function withTokensOf(plan: TriggerPlan, account: string | undefined): TriggerPlan {
  if (account === undefined) return plan;
  const { status } = plan;
  return {
    ...plan,
    tokensOf: account,
    status: { ...status, annotations: { ...status.annotations, [tokenAccessAnnotation]: account } },
  };
}

/** A Trigger whose spec cannot be taken. One without a Broker that could be meant says so where people look for it. */
function invalidFailures({ invalid, spec }: Trigger): readonly ConditionMark[] {
  if (invalid === undefined) return [];
  const text = invalidText(invalid);
  const path = invalid[0]?.path ?? [];
  return [
    isRefused(path, 'SubscriptionReady', 'InvalidSpec', text),
    ...(spec.broker === '' ? [isRefused(path, 'BrokerReady', 'BrokerNotSpecified', text)] : []),
  ];
}

/** Knative asks for Ready=False while the Broker is absent; one that is being deleted takes its egresses along (26 nos. 1, 2). */
function absentBroker({ spec }: Trigger, broker: Broker | undefined): readonly ConditionMark[] {
  if (spec.broker === '') return [];
  const failure = (reason: string, message: string): readonly ConditionMark[] => [
    isRefused(['spec', 'broker'], 'BrokerReady', reason, message),
  ];
  return broker === undefined
    ? failure('BrokerDoesNotExist', `Broker "${spec.broker}" does not exist`)
    : failure('BrokerDeleted', `Broker "${spec.broker}" is being deleted`);
}

/** Present as soon as the Trigger has a delivery of its own, even one that says nothing: the Broker's must not shine through. */
function ownConfig(trigger: Trigger, resolved: EgressConfig | undefined): EgressConfig | undefined {
  return trigger.spec.delivery === undefined ? undefined : (resolved ?? plainEgressConfig);
}

function orderFailure({ error }: Failure): ConditionMark {
  const at = ['metadata', 'annotations', deliveryOrderAnnotation];
  return isRefused(at, 'DependencyReady', 'failed to reconcile consumer group', error);
}

function subscriberFailure({ error, path, reason }: Failure): ConditionMark {
  return isRefused(
    ['spec', 'subscriber', ...path],
    'SubscriberResolved',
    reason ?? 'Failed to resolve trigger config',
    `failed to resolve Trigger.Spec.Subscriber: ${error}`,
  );
}

function deliveryFailure(trigger: Trigger, { error, path, reason }: Failure): ConditionMark {
  const isOwn = trigger.spec.delivery !== undefined;
  const isSink = error.includes('DeadLetterSink');
  return isRefused(
    isOwn ? ['spec', 'delivery', ...path] : ['spec', 'broker'],
    isSink ? 'DeadLetterSinkResolved' : 'DependencyReady',
    reason ?? (isSink ? 'Failed to resolve trigger config' : 'failed to reconcile consumer group'),
    `${isOwn ? '[trigger]' : '[broker]'} ${error}`,
  );
}

function deliveryOrderOf(trigger: Trigger): Outcome<DeliveryOrder> {
  const text = trigger.metadata.annotations[deliveryOrderAnnotation];
  switch (text?.toLowerCase()) {
    case undefined:
    case 'unordered':
      return succeeded(DeliveryOrder.UNORDERED);
    case 'ordered':
      return succeeded(DeliveryOrder.ORDERED);
    case 'key':
      return succeeded(DeliveryOrder.KEY);
    default:
      return failed(
        `invalid annotation ${deliveryOrderAnnotation} value: ${text ?? ''}. Allowed values [ "ordered" | "unordered" | "key" ]`,
      );
  }
}

function orderWords(order: DeliveryOrder): { readonly reason: string; readonly message: string } {
  const name = order === DeliveryOrder.ORDERED ? 'ORDERED' : order === DeliveryOrder.KEY ? 'KEY' : 'UNORDERED';
  return {
    reason: 'SubscriberResolved',
    message: `Subscriber will receive events with the delivery order: ${name}`,
  };
}

function subscriberStatus(subscriber: ResolvedDestination): Partial<ResourceStatus> {
  return {
    subscriberUri: subscriber.url,
    ...(subscriber.caCerts === '' ? {} : { subscriberCACerts: subscriber.caCerts }),
    ...(subscriber.audience === '' ? {} : { subscriberAudience: subscriber.audience }),
  };
}

function authStatus({ serviceAccountName }: OidcIdentityPlan): Pick<ResourceStatus, 'auth'> {
  return serviceAccountName === undefined ? {} : { auth: { serviceAccountName } };
}

function featureFlagsOf(features: Features): Egress['featureFlags'] {
  const { dispatcherRateLimiter, dispatcherOrderedExecutorMetrics } = features;
  if (!dispatcherRateLimiter && !dispatcherOrderedExecutorMetrics) return undefined;
  return { enableRateLimiter: dispatcherRateLimiter, enableOrderedExecutorMetrics: dispatcherOrderedExecutorMetrics };
}
