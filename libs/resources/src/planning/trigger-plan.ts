import { DeliveryOrder, InitialOffset, KeyType } from '@eventing-kafka/contract';
import type { DialectedFilter, Egress, EgressConfig } from '@eventing-kafka/contract';
import { isFilterError, parseFilters } from '@eventing-kafka/filters';
import { deadLetterStatus, isOurBroker } from './broker-plan.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import { isRefused } from '../conditions/conditions.ts';
import { resolveDestination } from './destination.ts';
import type { ResolveContext, ResolvedDestination } from './destination.ts';
import { dialectedFilter } from './dialected-filters.ts';
import { egressConfigOf, plainEgressConfig } from './egress-config.ts';
import { referenceTo } from './ingress-plan.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { Broker, Trigger } from '../objects/resource-types.ts';
import type { ValuePath } from '../parsing/structural-schema.ts';

/** Annotation of a Trigger: in which order its events are delivered. */
export const deliveryOrderAnnotation = 'kafka.eventing.knative.dev/delivery.order';

/** What a Trigger asks for: an egress of its Broker's resource. */
export interface TriggerPlan {
  readonly trigger: Trigger;
  /** Absent: there is no such Broker now. */
  readonly broker?: Broker;
  /** Absent when there is no Broker, or something in the Trigger is wrong; `failures` says what. */
  readonly egress?: Egress;
  /** The Trigger's own `deadLetterSink`, or the Broker's. */
  readonly hasDeadLetterSink: boolean;
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
  const { namespace } = trigger.metadata;
  const annotations = previous?.annotations ?? {};
  const broker = view.get('Broker', namespace, trigger.spec.broker);
  if (broker === undefined) {
    const failure = isRefused(
      ['spec', 'broker'],
      'BrokerReady',
      'BrokerDoesNotExist',
      `Broker "${trigger.spec.broker}" does not exist`,
    );
    return { trigger, hasDeadLetterSink: false, failures: [failure], status: { annotations } };
  }
  if (!isOurBroker(broker)) return undefined;

  const context: ResolveContext = { namespace, view, options };
  const order = deliveryOrderOf(trigger);
  const subscriber = resolveDestination(trigger.spec.subscriber, context);
  const delivery = egressConfigOf(trigger.spec.delivery ?? broker.spec.delivery, context);
  const filters = filtersOf(trigger);
  const groupId = annotations['group.id'] ?? options.triggerGroupName(trigger.metadata);
  const failures = [
    ...(order.ok
      ? []
      : [
          isRefused(
            ['metadata', 'annotations', deliveryOrderAnnotation],
            'DependencyReady',
            'failed to reconcile consumer group',
            order.error,
          ),
        ]),
    ...(subscriber.ok
      ? []
      : [
          isRefused(
            ['spec', 'subscriber', ...subscriber.path],
            'SubscriberResolved',
            'Failed to resolve trigger config',
            `failed to resolve Trigger.Spec.Subscriber: ${subscriber.error}`,
          ),
        ]),
    ...(delivery.ok
      ? []
      : [
          isRefused(
            trigger.spec.delivery === undefined ? ['spec', 'broker'] : ['spec', 'delivery', ...delivery.path],
            ...deliveryFailure(delivery.error),
            `${trigger.spec.delivery === undefined ? '[broker]' : '[trigger]'} ${delivery.error}`,
          ),
        ]),
    ...(filters.ok ? [] : [isRefused(filters.path, 'SubscriptionReady', 'InvalidFilter', filters.error)]),
  ];
  const common = {
    trigger,
    broker,
    failures,
    hasDeadLetterSink: (trigger.spec.delivery ?? broker.spec.delivery)?.deadLetterSink !== undefined,
    status: {
      annotations: { ...annotations, 'group.id': groupId },
      ...(subscriber.ok ? subscriberStatus(subscriber.value) : {}),
      ...(delivery.ok ? deadLetterStatus(delivery.value) : {}),
    },
  };
  if (!order.ok || !subscriber.ok || !delivery.ok || !filters.ok) return common;
  return {
    ...common,
    egress: {
      consumerGroup: groupId,
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
      featureFlags: undefined,
      oidcServiceAccountName: '',
      initialOffset: options.initialOffset === 'earliest' ? InitialOffset.EARLIEST : InitialOffset.LATEST,
    },
  };
}

/** Present as soon as the Trigger has a delivery of its own, even one that says nothing: the Broker's must not shine through. */
function ownConfig(trigger: Trigger, resolved: EgressConfig | undefined): EgressConfig | undefined {
  return trigger.spec.delivery === undefined ? undefined : (resolved ?? plainEgressConfig);
}

/** Type and reason of the condition that a broken delivery speaks of. */
function deliveryFailure(error: string): readonly [type: string, reason: string] {
  return error.includes('DeadLetterSink')
    ? ['DeadLetterSinkResolved', 'Failed to resolve trigger config']
    : ['DependencyReady', 'failed to reconcile consumer group'];
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

interface Filters {
  readonly filter: Egress['filter'];
  readonly dialectedFilter: readonly DialectedFilter[];
}

function filtersOf(trigger: Trigger): Outcome<Filters> {
  const attributes = trigger.spec.filter?.attributes ?? {};
  const filters: Filters = {
    filter: Object.keys(attributes).length === 0 ? undefined : { attributes: { ...attributes } },
    dialectedFilter: (trigger.spec.filters ?? []).map(dialectedFilter),
  };
  try {
    parseFilters(filters);
    return succeeded(filters);
  } catch (error) {
    if (isFilterError(error)) {
      const path = userPath(error.path);
      return failed(`${path}: ${error.problem}`, valuePath(path));
    }
    throw error;
  }
}

/** A path in an egress as the path in the Trigger it came from: `dialectedFilter[0].cesql.expression` → `spec.filters[0].cesql`. */
function userPath(path: string): string {
  return path
    .replaceAll('.filters[', '[')
    .replace(/^dialectedFilter/, 'spec.filters')
    .replace(/^filter\b/, 'spec.filter')
    .replace(/\.not\.filter\b/g, '.not')
    .replace(/\.expression$/, '');
}

/** Names of dialects and attributes are letters and digits, a letter first: what is all digits is an index. */
function valuePath(text: string): ValuePath {
  return (text.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function subscriberStatus(subscriber: ResolvedDestination): Partial<ResourceStatus> {
  return {
    subscriberUri: subscriber.url,
    ...(subscriber.caCerts === '' ? {} : { subscriberCACerts: subscriber.caCerts }),
    ...(subscriber.audience === '' ? {} : { subscriberAudience: subscriber.audience }),
  };
}
