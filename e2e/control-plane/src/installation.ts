import { resolve } from 'node:path';
import {
  type Cluster,
  type ClusterOptions,
  eventually,
  forwardToAnnotation,
  type RecordingSubscriber,
  startCluster,
  startRecordingSubscriber,
} from '@eventing-kafka/e2e-support';
import {
  applyObject,
  connectKubernetes,
  deleteObject,
  type KubernetesClient,
  type KubernetesObject,
  type ObjectIdentity,
  readObject,
} from '@eventing-kafka/kubernetes';

/** Where the release is. */
export const systemNamespace = 'knative-eventing';
const chart = resolve(import.meta.dirname, '../../../tools/helm/eventing-kafka');
const fieldManager = 'e2e';

/** A condition as `kubectl` users see it. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** An object that has conditions. */
export interface ServedObject extends KubernetesObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly annotations?: Readonly<Record<string, string>>;
    readonly address?: { readonly url: string };
    readonly addresses?: readonly { readonly name: string; readonly url: string }[];
    readonly [field: string]: unknown;
  };
}

/** An object to write. */
export type Manifest = KubernetesObject & { readonly apiVersion: string; readonly kind: string };

/** The chart on a cluster with a Kafka, and a subscriber that is a Service of the cluster. */
export interface Installation extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubernetesClient;
  /** Behind the Service `subscriber` of `default`. */
  readonly subscriber: RecordingSubscriber;
  /** Writes objects as a user would. */
  apply(...objects: readonly Manifest[]): Promise<void>;
  /** Asks for their deletion. */
  remove(...objects: readonly ObjectIdentity[]): Promise<void>;
  read(object: ObjectIdentity): Promise<ServedObject | undefined>;
  /** Waits until an object looks as wanted; the error shows how it looked last. */
  becomes(
    object: ObjectIdentity,
    what: string,
    looks: (object: ServedObject) => boolean,
    deadlineMs?: number,
  ): Promise<ServedObject>;
  /** Waits until they are Ready in their present generation. */
  ready(...objects: readonly ObjectIdentity[]): Promise<void>;
  /** Waits until none of them is there any more. */
  gone(deadlineMs: number, ...objects: readonly ObjectIdentity[]): Promise<void>;
  /** Posts an event to a path of the Brokers' ingress and gives the status of the answer; 0 when there was none. */
  post(
    path: string,
    event: { readonly id: string; readonly type?: string; readonly source?: string },
    headers?: Readonly<Record<string, string>>,
  ): Promise<number>;
  /** Names of the Pods of a workload that are not on their way out. */
  pods(app: string): Promise<readonly string[]>;
  /** What `/status` of the leading controller says. */
  status(): Promise<unknown>;
}

/** How it is installed. */
export interface InstallationOptions extends ClusterOptions {
  readonly bootstrapServers: string;
  /** Values of the chart, by the names that `--set` takes. */
  readonly values?: Readonly<Record<string, string | number | boolean>>;
  /** What is there before the chart is: namespaces that it grants something in. */
  readonly before?: readonly Manifest[];
}

/** Starts a cluster and installs the chart with Helm; resolves when all Pods are Ready. */
export async function startInstallation({
  bootstrapServers,
  values = {},
  before = [],
  ...options
}: InstallationOptions): Promise<Installation> {
  await using starting = new AsyncDisposableStack();
  const subscriber = starting.use(await startRecordingSubscriber());
  const cluster = starting.use(await startCluster(options));
  const client = starting.use(await connectKubernetes({ kubeconfig: cluster.kubeconfig, userAgent: 'e2e' }));
  for (const object of before) await applyObject(client, object, { fieldManager });
  await helmInstall(cluster, { 'kafka.bootstrapServers': bootstrapServers, ...values });
  // Asked once, as it is used while there is no API server.
  const ingress = await cluster.serviceAddress(systemNamespace, 'kafka-broker-ingress');
  const installation = new RunningInstallation(cluster, client, subscriber, ingress, starting.move());
  await installation.apply(subscriberService(subscriber));
  return installation;
}

/** Sensible for one machine; what a suite is about, it sets itself. */
const fewPods = {
  'kafka.replicationFactor': 1,
  'kafka.partitions': 4,
  'controller.replicas': 1,
  'receiver.replicas': 1,
  'receiver.drainDelay': '0s',
  'sinkReceiver.replicas': 1,
  'sinkReceiver.drainDelay': '0s',
  'dispatcher.replicas': 1,
  // Pods and Services of the test cluster have loopback addresses.
  'dispatcher.extraEnv[0].name': 'ALLOWED_DESTINATION_CIDRS',
  'dispatcher.extraEnv[0].value': '127.0.0.0/8',
};

async function helmInstall(
  cluster: Cluster,
  values: Readonly<Record<string, string | number | boolean>>,
): Promise<void> {
  const settings = Object.entries({ ...fewPods, ...values }).flatMap(([name, value]) => [
    // Text that looks like a number or a truth stays text.
    typeof value === 'string' ? '--set-string' : '--set',
    `${name}=${String(value).replaceAll(',', '\\,')}`,
  ]);
  const release = ['install', 'eventing-kafka', chart, '--namespace', systemNamespace, '--create-namespace'];
  await cluster.helm([...release, '--wait', '--timeout', '3m', ...settings]);
}

function subscriberService({ url }: RecordingSubscriber): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'default',
      name: 'subscriber',
      annotations: { [forwardToAnnotation]: new URL(url).host },
    },
    spec: { ports: [{ port: 80 }] },
  };
}

class RunningInstallation implements Installation {
  readonly cluster: Cluster;
  readonly client: KubernetesClient;
  readonly subscriber: RecordingSubscriber;
  readonly #ingress: string;
  readonly #owned: AsyncDisposableStack;

  constructor(
    cluster: Cluster,
    client: KubernetesClient,
    subscriber: RecordingSubscriber,
    ingress: string,
    owned: AsyncDisposableStack,
  ) {
    this.cluster = cluster;
    this.client = client;
    this.subscriber = subscriber;
    this.#ingress = ingress;
    this.#owned = owned;
  }

  async apply(...objects: readonly Manifest[]): Promise<void> {
    for (const object of objects) await applyObject(this.client, object, { fieldManager });
  }

  async remove(...objects: readonly ObjectIdentity[]): Promise<void> {
    await Promise.all(objects.map((object) => deleteObject(this.client, object)));
  }

  async read(object: ObjectIdentity): Promise<ServedObject | undefined> {
    return await readObject(this.client, object);
  }

  async becomes(
    object: ObjectIdentity,
    what: string,
    looks: (object: ServedObject) => boolean,
    deadlineMs?: number,
  ): Promise<ServedObject> {
    let last: ServedObject | undefined;
    const find = async (): Promise<ServedObject | undefined> => {
      last = await this.read(object);
      return last !== undefined && looks(last) ? last : undefined;
    };
    return eventually(`${object.kind} ${object.name} ${what}`, find, deadlineMs).catch((cause: unknown) => {
      throw new Error(`${object.kind} ${object.name} never ${what}: ${JSON.stringify(last, null, 2)}`, { cause });
    });
  }

  async ready(...objects: readonly ObjectIdentity[]): Promise<void> {
    for (const object of objects) await this.becomes(object, 'is Ready', isReady);
  }

  async gone(deadlineMs: number, ...objects: readonly ObjectIdentity[]): Promise<void> {
    for (const object of objects) {
      const isGone = async (): Promise<boolean> => (await this.read(object)) === undefined;
      await eventually(`${object.kind} ${object.name} is gone`, isGone, deadlineMs);
    }
  }

  async post(
    path: string,
    {
      id,
      type = 'com.example.event',
      source = '/e2e',
    }: { readonly id: string; readonly type?: string; readonly source?: string },
    more: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const headers = { ...more, 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': source, 'ce-type': type };
    const request = { method: 'POST', headers, body: 'x', signal: AbortSignal.timeout(10_000) };
    return fetch(`http://${this.#ingress}${path}`, request).then(
      ({ status }) => status,
      () => 0,
    );
  }

  async pods(app: string): Promise<readonly string[]> {
    const { items } = (await this.client.call({
      method: 'GET',
      path: `/api/v1/namespaces/${systemNamespace}/pods`,
      query: { labelSelector: `app=${app}` },
      verb: 'list',
      subject: `Pods of ${app}`,
    })) as { readonly items: readonly KubernetesObject[] };
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name);
  }

  async status(): Promise<unknown> {
    for (const name of await this.pods('kafka-controller')) {
      const pod = await this.read({ apiVersion: 'v1', kind: 'Pod', namespace: systemNamespace, name });
      const { podIP } = (pod?.status ?? {}) as { readonly podIP?: string };
      if (podIP === undefined) continue;
      const status = (await (await fetch(`http://${podIP}:9090/status`)).json()) as { readonly contract?: unknown };
      if (status.contract !== undefined) return status;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** Whether an object is Ready as it is now, not as it was. */
export function isReady(object: ServedObject): boolean {
  return (
    conditionOf(object, 'Ready')?.status === 'True' && object.status?.observedGeneration === object.metadata.generation
  );
}

/** The condition of a type. */
export function conditionOf(object: ServedObject, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}
