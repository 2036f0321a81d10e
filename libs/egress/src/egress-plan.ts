import { InitialOffset, type Egress, type RefusedPart, type Resource } from '@eventing-kafka/contract';
import {
  deliveryPlan,
  dispatchOrder,
  type DeliveryPlan,
  type DispatchOrder,
  type Endpoint,
} from '@eventing-kafka/delivery';
import { correlationIdFunction, filterKey, missingFunctions, parseFilters, type Filter } from '@eventing-kafka/filters';
import type { KafkaCluster } from '@eventing-kafka/kafka-client';
import { readOverrides, type EventOverrides } from './event-overrides.ts';
import type { RecordSelection } from './filtered-window.ts';
import { noTokens, tokenRefusal, type EgressAccount, type TokenRules } from './target-tokens.ts';
import { recordWrapping } from './record-wrapping.ts';

/** Everything an egress does, worked out of the contract once. */
export interface EgressPlan {
  readonly uid: string;
  readonly resourceUid: string;
  readonly consumerGroup: string;
  readonly topics: readonly string[];
  readonly cluster: KafkaCluster;
  readonly clusterKey: string;
  readonly initialOffset: 'earliest' | 'latest';
  readonly order: DispatchOrder;
  readonly selection: RecordSelection;
  readonly delivery: DeliveryPlan;
  /** Topic that replies are produced to. */
  readonly replyTopic: string;
  /** Sent with every request: flat, name and value. */
  readonly requestHeaders: readonly string[];
  readonly reference: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** Whose tokens go to targets that ask for them; undefined: there are none to send. */
  readonly account: EgressAccount | undefined;
}

/** Where an egress reads; when this changes it is stopped and started, anything else changes in place. */
export function readingKey(plan: EgressPlan): string {
  return JSON.stringify([plan.clusterKey, plan.topics, plan.consumerGroup]);
}

/** A plan, or why there is none. */
export type PlanResult = { readonly plan: EgressPlan } | { readonly refusal: RefusedPart };

/** The part of a plan that all egresses of a resource share. */
export interface ResourcePlan {
  readonly resource: Resource;
  readonly cluster: KafkaCluster;
  readonly clusterKey: string;
  readonly overrides: EventOverrides;
  /** Certificates trusted for all targets, PEM. */
  readonly trustBundles: readonly string[];
  readonly tokens: TokenRules;
}

/** What a resource's egresses share; `security` is what its Secrets hold. */
export function planResource(
  resource: Resource,
  cluster: KafkaCluster,
  trustBundles: readonly string[],
  tokens: TokenRules = noTokens,
): ResourcePlan {
  const clusterKey = JSON.stringify(cluster);
  return { resource, cluster, clusterKey, overrides: readOverrides(resource), trustBundles, tokens };
}

/** Works out what an egress does, or why it cannot be served. */
export function planEgress(shared: ResourcePlan, egress: Egress): PlanResult {
  const { resource } = shared;
  const refuse = (reason: string, message: string): PlanResult => ({
    refusal: { resourceUid: resource.uid, egressUid: egress.uid, reason, message },
  });
  let filter: Filter;
  try {
    filter = parseFilters(egress);
  } catch (error) {
    return refuse('InvalidFilter', error instanceof Error ? error.message : String(error));
  }
  if (missingFunctions(filter).includes(correlationIdFunction)) {
    const message = `The filter calls ${correlationIdFunction}, whose keys are in a Secret that this data plane does not read; no event would pass`;
    return refuse('FunctionUnavailable', message);
  }
  const asked = deliveryPlan(egress, resource.egressConfig);
  const account = accountOf(resource, egress);
  for (const [name, endpoint] of endpoints(asked)) {
    if (!URL.canParse(endpoint.url))
      return refuse(`Invalid${name}`, `${describe(name)} is not an absolute URL: "${endpoint.url}"`);
    const refusal = tokenRefusal(describe(name), endpoint, account, shared.tokens);
    if (refusal !== undefined) return refuse(refusal.reason, refusal.message);
  }
  if (resource.topics.length === 0) return refuse('NoTopic', 'The resource names no topic');
  if (egress.consumerGroup === '') return refuse('NoConsumerGroup', 'The egress names no consumer group');
  const namespace = egress.reference?.namespace ?? '';
  const wrapping = recordWrapping(resource, egress);
  return {
    plan: {
      uid: egress.uid,
      resourceUid: resource.uid,
      consumerGroup: egress.consumerGroup,
      topics: resource.topics,
      cluster: shared.cluster,
      clusterKey: shared.clusterKey,
      initialOffset: egress.initialOffset === InitialOffset.EARLIEST ? 'earliest' : 'latest',
      order: dispatchOrder(egress.deliveryOrder),
      selection: {
        key: [wrapping?.key ?? '', shared.overrides.key, filterKey(filter)].join('\n'),
        filter,
        overrides: shared.overrides,
        wrapping,
      },
      delivery: trusting(asked, shared.trustBundles),
      replyTopic: resource.topics[0] ?? '',
      requestHeaders: ['Prefer', 'reply', ...(namespace === '' ? [] : ['Kn-Namespace', namespace])],
      reference: { kind: egress.reference?.kind ?? '', namespace, name: egress.reference?.name ?? '' },
      account,
    },
  };
}

/** The account of an egress; its namespace is that of the resource (dispatcher specification, clause 13). */
function accountOf({ reference }: Resource, egress: Egress): EgressAccount | undefined {
  if (egress.oidcServiceAccountName === '') return undefined;
  return { namespace: reference?.namespace ?? '', serviceAccount: egress.oidcServiceAccountName };
}

function endpoints(plan: DeliveryPlan): (readonly ['Destination' | 'DeadLetter' | 'ReplyUrl', Endpoint])[] {
  return [
    ['Destination', plan.subscriber],
    ...(plan.deadLetter === undefined ? [] : [['DeadLetter', plan.deadLetter] as const]),
    ...(plan.reply.kind === 'endpoint' ? [['ReplyUrl', plan.reply.endpoint] as const] : []),
  ];
}

function describe(name: 'Destination' | 'DeadLetter' | 'ReplyUrl'): string {
  return { Destination: 'The destination', DeadLetter: 'The dead letter sink', ReplyUrl: 'The reply URL' }[name];
}

/** The same plan, whose targets trust the contract's bundles too. */
function trusting(plan: DeliveryPlan, bundles: readonly string[]): DeliveryPlan {
  if (bundles.length === 0) return plan;
  const trust = (endpoint: Endpoint): Endpoint => ({
    ...endpoint,
    caPem: [...bundles, endpoint.caPem].join('\n').trim(),
  });
  return {
    ...plan,
    subscriber: trust(plan.subscriber),
    deadLetter: plan.deadLetter === undefined ? undefined : trust(plan.deadLetter),
    reply: plan.reply.kind === 'endpoint' ? { kind: 'endpoint', endpoint: trust(plan.reply.endpoint) } : plan.reply,
  };
}
