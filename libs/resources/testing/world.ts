/** The fixtures of control-plane 24, and what to ask of plans over them. */
import assert from 'node:assert/strict';
import type { EgressConfig } from '@eventing-kafka/contract';
import { planBroker } from '../src/planning/broker-plan.ts';
import type { ConditionMark } from '../src/conditions/conditions.ts';
import { ingressConditions } from '../src/conditions/ingress-conditions.ts';
import type { IngressObservation } from '../src/conditions/ingress-conditions.ts';
import type { IngressPlan } from '../src/planning/ingress-plan.ts';
import { planningOptions } from '../src/planning/planning-options.ts';
import type { PlanningOptions } from '../src/planning/planning-options.ts';
import { keyText } from '../src/objects/resource-key.ts';
import type { ResourceView } from '../src/objects/resource-source.ts';
import { keyOf } from '../src/objects/resource-types.ts';
import type {
  Broker,
  ConfigMap,
  EventPolicy,
  KafkaSink,
  ManifestResource,
  ObjectMetadata,
  SecretReference,
  Trigger,
} from '../src/objects/resource-types.ts';
import { triggerConditions } from '../src/conditions/trigger-conditions.ts';
import type { TriggerObservation } from '../src/conditions/trigger-conditions.ts';
import { planTrigger } from '../src/planning/trigger-plan.ts';
import type { TriggerPlan } from '../src/planning/trigger-plan.ts';

export const ingressBaseUrl = 'http://kafka-broker-ingress.knative-eventing.svc.cluster.local';
export const address = `${ingressBaseUrl}/test-namespace/test-broker`;
export const topicName = 'knative-broker-test-namespace-test-broker';
export const serviceUrl = 'http://test-service.test-service-namespace.svc.cluster.local';
export const serviceRef = {
  ref: { apiVersion: 'v1', kind: 'Service', namespace: 'test-service-namespace', name: 'test-service' },
};

export function metadata(namespace: string, name: string, more: Partial<ObjectMetadata> = {}): ObjectMetadata {
  return {
    namespace,
    name,
    uid: `uid of ${name}`,
    generation: 1,
    resourceVersion: '1234',
    labels: {},
    annotations: {},
    ...more,
  };
}

export const configMap: ConfigMap = {
  kind: 'ConfigMap',
  metadata: metadata('test-namespace-config-map', 'test-config-cm'),
  data: {
    'default.topic.partitions': '20',
    'default.topic.replication.factor': '5',
    'bootstrap.servers': 'kafka-1:9092,kafka-2:9093',
  },
};
export const configRef = { kind: 'ConfigMap', namespace: 'test-namespace-config-map', name: 'test-config-cm' };

export function broker(spec: Partial<Broker['spec']> = {}, annotations: Record<string, string> = {}): Broker {
  return {
    kind: 'Broker',
    metadata: metadata('test-namespace', 'test-broker', { annotations }),
    spec: { config: configRef, ...spec },
  };
}

export function trigger(spec: Partial<Trigger['spec']> = {}, annotations: Record<string, string> = {}): Trigger {
  return {
    kind: 'Trigger',
    metadata: metadata('test-namespace', 'test-trigger', { annotations }),
    spec: { broker: 'test-broker', subscriber: serviceRef, ...spec },
  };
}

export function sink(spec: Partial<KafkaSink['spec']> = {}): KafkaSink {
  return {
    kind: 'KafkaSink',
    metadata: metadata('sink-namespace', 'sink-name'),
    spec: {
      topic: 'knative-sink-sink-namespace-sink-name',
      bootstrapServers: ['kafka-1:9092'],
      contentMode: 'binary',
      ...spec,
    },
  };
}

export function viewOf(...objects: readonly ManifestResource[]): ResourceView {
  const byKey = new Map(objects.map((object) => [keyText(keyOf(object)), object]));
  return {
    get: (kind, namespace, name) => byKey.get(keyText({ kind, namespace, name })) as never,
    list: (kind) => objects.filter((object) => object.kind === kind) as never,
  };
}

/** A ConfigMap of the system namespace. */
export function systemConfigMap(name: string, data: Record<string, string>): ConfigMap {
  return { kind: 'ConfigMap', metadata: metadata('knative-eventing', name), data };
}

/** `config-features` with these flags. */
export function coreFeatures(data: Record<string, string>): ConfigMap {
  return systemConfigMap('config-features', data);
}

export const oidcOn = coreFeatures({ 'authentication-oidc': 'Enabled' });

/** A policy to the Broker of these fixtures unless it says otherwise. */
export function policy(
  name: string,
  more: {
    readonly to?: EventPolicy['spec']['to'];
    readonly senders?: EventPolicy['spec']['from'];
    readonly from?: readonly string[];
    readonly ready?: boolean;
  } = {},
): EventPolicy {
  const to = [{ ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'test-broker' } }];
  return {
    kind: 'EventPolicy',
    metadata: metadata('test-namespace', name),
    isSound: true,
    spec: { from: more.senders ?? [{ sub: 'sub' }], to: more.to ?? to, filters: [] },
    status: { from: more.from ?? ['sub'], ready: more.ready ?? true, observedGeneration: 1, conditions: [] },
  };
}

/** A Secret of which no more than this is known. */
export function secret(namespace: string, name: string, caCertificate?: string): SecretReference {
  return {
    kind: 'Secret',
    metadata: metadata(namespace, name),
    ...(caCertificate === undefined ? {} : { caCertificate }),
  };
}

export function options(more: Partial<PlanningOptions> = {}): PlanningOptions {
  return planningOptions({ ingressBaseUrl, ...more });
}

/** As on a cluster, where receivers are found by their Services. */
export const onCluster = {
  ingressServices: { Broker: 'kafka-broker-ingress', KafkaSink: 'kafka-sink-ingress' },
  servicesMustExist: false,
};

export function planOf(
  object: Broker,
  objects: readonly ManifestResource[] = [configMap],
  more: Partial<PlanningOptions> = {},
): IngressPlan {
  return planBroker(object, viewOf(...objects), undefined, options(more));
}

export function planTriggerOf(object: Trigger, owner: Broker = broker()): TriggerPlan {
  const plan = planTrigger(object, viewOf(owner), undefined, options());
  assert.ok(plan);
  return plan;
}

/** Everything as it should be; rows say what is not. */
export function conditionsOf(
  plan: IngressPlan,
  more: Partial<IngressObservation> = {},
): Readonly<Record<string, string>> {
  return asTexts(
    ingressConditions({
      plan,
      topic: { kind: 'ready' },
      publish: { kind: 'published' },
      serving: { kind: 'serving', processes: 1 },
      hasAddress: false,
      ...more,
    }),
  );
}

export function triggerConditionsOf(
  plan: TriggerPlan,
  more: Partial<TriggerObservation> = {},
): Readonly<Record<string, string>> {
  const condition = { type: 'Ready', status: 'True' as const, lastTransitionTime: '' };
  return asTexts(
    triggerConditions({
      plan,
      brokerReady: { condition, waiting: false },
      offsets: { kind: 'done' },
      publish: { kind: 'published' },
      serving: { kind: 'serving', processes: 1 },
      ...more,
    }),
  );
}

export function asTexts(marks: readonly ConditionMark[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    marks.map(({ type, status, reason, message }) => [
      type,
      [status, reason, message].filter((part) => part !== undefined).join(' | '),
    ]),
  );
}

export const allTrue = {
  DataPlaneAvailable: 'True',
  ConfigParsed: 'True',
  TopicReady: `True | Topic ${topicName} created`,
  ConfigMapUpdated: 'True | Contract updated',
  EventPoliciesReady: 'True | OIDCDisabled | Feature "authentication-oidc" must be enabled to support Authorization',
  ProbeSucceeded: 'True',
  Addressable: 'True',
};

/** Given part by part: what of a configuration is not its default. */
export function configOf(config: EgressConfig | undefined): Partial<EgressConfig> | undefined {
  if (config === undefined) return undefined;
  const { deadLetter, retry, backoffPolicy, backoffDelay, timeout } = config;
  return { deadLetter, retry, backoffPolicy, backoffDelay, timeout };
}
