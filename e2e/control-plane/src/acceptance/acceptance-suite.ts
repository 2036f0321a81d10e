import {
  eventually,
  forwardToAnnotation,
  type RecordingSubscriber,
  suiteKafka,
  type SuiteKafka,
} from '@eventing-kafka/e2e-support';
import { createKafkaClients, type OffsetStore, type TopicAdmin } from '@eventing-kafka/kafka-client';
import { mergePatchObject, type ObjectIdentity } from '@eventing-kafka/kubernetes';
import { silentLogger } from '@eventing-kafka/logging';
import {
  type Installation,
  type InstallationOptions,
  type Manifest,
  type ServedObject,
  startInstallation,
  systemNamespace,
} from '../installation.ts';

/** What conditions have to say: `status | reason | message`, without the parts that are empty; or a pattern of that. */
export type ExpectedConditions = Readonly<Record<string, string | RegExp>>;

/** The fixtures of control-plane 24 on a cluster: their namespaces, a Service that events can be sent to, and a Kafka of one node. */
export interface AcceptanceSuite extends AsyncDisposable {
  readonly installation: Installation;
  readonly kafka: SuiteKafka;
  readonly topics: TopicAdmin;
  readonly offsets: OffsetStore;
  /** Waits until the conditions of an object in its present generation are these, and gives the object. */
  readonly shows: (object: ObjectIdentity, conditions: ExpectedConditions) => Promise<ServedObject>;
  /** Waits until there is no such topic: what Kafka has decided, each of its nodes knows a moment later. */
  readonly topicGone: (name: string) => Promise<void>;
  /** What `kubectl describe` prints. */
  readonly describe: (object: ObjectIdentity) => Promise<string>;
  /** Makes a ConfigMap of features, which the chart does not make by itself, for the time of `work`. */
  readonly withFeatures: (
    name: 'config-features' | 'config-kafka-features',
    data: Readonly<Record<string, string>>,
    work: () => Promise<void>,
  ) => Promise<void>;
  /** Stops the processes of all Pods of a workload for the time of `work`: they are connected, and do not answer. */
  readonly withStopped: (app: string, work: (pods: readonly string[]) => Promise<void>) => Promise<void>;
  /** Sets how many Pods a Deployment has, and waits until it has them. */
  readonly scale: (deployment: string, replicas: number) => Promise<void>;
}

/** Where things are. */
export const namespaces = {
  brokers: 'test-namespace',
  configs: 'test-namespace-config-map',
  services: 'test-service-namespace',
  sinks: 'sink-namespace',
  namespaced: 'own-namespace',
} as const;

/** A Service, and the URL that it is resolved to. */
export const service = {
  ref: { apiVersion: 'v1', kind: 'Service', namespace: namespaces.services, name: 'test-service' },
  url: `http://test-service.${namespaces.services}.svc.cluster.local`,
} as const;

/** Installs the chart and makes the fixtures. */
export async function startAcceptanceSuite(values: InstallationOptions['values'] = {}): Promise<AcceptanceSuite> {
  await using starting = new AsyncDisposableStack();
  const kafka = starting.use(await suiteKafka());
  const clients = starting.use(createKafkaClients({ logger: silentLogger }));
  const topics = starting.use(await clients.topics(kafka));
  const offsets = starting.use(await clients.offsets(kafka));
  const granted: InstallationOptions['values'] = {
    'secrets.namespaces[0]': namespaces.configs,
    'secrets.namespaces[1]': namespaces.sinks,
    // The suite plays the part of Knative Eventing's controller.
    'eventPolicies.reconcile': 'never',
  };
  const named = Object.values(namespaces).map((name): Manifest => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const installation = starting.use(
    await startInstallation({
      bootstrapServers: kafka.bootstrapServers,
      before: named,
      values: { ...granted, ...values },
    }),
  );
  await installation.apply(serviceOf(installation.subscriber));
  const running = starting.move();
  return {
    installation,
    kafka,
    topics,
    offsets,
    ...acting(installation),
    topicGone: async (name) => {
      await eventually(`topic ${name} is gone`, async () => (await topics.describe(name)) === undefined);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function serviceOf({ url }: RecordingSubscriber): Manifest {
  const { apiVersion, kind, namespace, name } = service.ref;
  const annotations = { [forwardToAnnotation]: new URL(url).host };
  return { apiVersion, kind, metadata: { namespace, name, annotations }, spec: { ports: [{ port: 80 }] } };
}

/** Matches texts that begin like this. */
export function beginning(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}

/** The conditions of an object by type, as {@link ExpectedConditions} has them. */
export function conditionTexts(object: ServedObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (object.status?.conditions ?? []).map(({ type, status, reason = '', message = '' }) => [
      type,
      [status, reason, message].filter((part) => part !== '').join(' | '),
    ]),
  );
}

function isAsExpected(object: ServedObject, expected: ExpectedConditions): boolean {
  if (object.status?.observedGeneration !== object.metadata.generation) return false;
  const texts = conditionTexts(object);
  return Object.entries(expected).every(([type, wanted]) => {
    const text = texts[type];
    return typeof wanted === 'string' ? text === wanted : text !== undefined && wanted.test(text);
  });
}

function acting(
  installation: Installation,
): Pick<AcceptanceSuite, 'shows' | 'describe' | 'withFeatures' | 'withStopped' | 'scale'> {
  const { cluster } = installation;
  return {
    shows: (object, conditions) => {
      const words = Object.entries(conditions).map(([type, text]) => `${type}: ${String(text)}`);
      return installation.becomes(object, `shows ${words.join(', ')}`, (now) => isAsExpected(now, conditions));
    },
    describe: ({ kind, namespace = '', name }) =>
      cluster.kubectl(['describe', '-n', namespace, kind.toLowerCase(), name]),
    withFeatures: async (name, data, work) => {
      const head = { apiVersion: 'v1', kind: 'ConfigMap' };
      await installation.apply({ ...head, metadata: { namespace: systemNamespace, name }, data });
      try {
        await work();
      } finally {
        await installation.remove({ ...head, namespace: systemNamespace, name });
      }
    },
    withStopped: async (app, work) => {
      const pods = await installation.pods(app);
      for (const pod of pods) cluster.killPod(systemNamespace, pod, 'SIGSTOP');
      try {
        await work(pods);
      } finally {
        for (const pod of pods) cluster.killPod(systemNamespace, pod, 'SIGCONT');
      }
    },
    scale: async (deployment, replicas) => {
      const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: systemNamespace, name: deployment };
      await mergePatchObject(installation.client, object, { spec: { replicas } });
      const looks = ({ metadata, status }: ServedObject): boolean => {
        const { observedGeneration, replicas: present = 0, readyReplicas = 0 } = (status ?? {}) as Replicas;
        return observedGeneration === metadata.generation && present === replicas && readyReplicas === replicas;
      };
      await installation.becomes(object, `has ${replicas} Pods`, looks, 60_000);
    },
  };
}

interface Replicas {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
}
