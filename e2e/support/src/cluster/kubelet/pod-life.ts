import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../api-client.ts';
import { isClusterError } from '../cluster-error.ts';
import type { Pod } from '../kubernetes-objects.ts';
import { MissingReference, type PodWorld } from './container-environment.ts';
import { ContainerLife } from './container-life.ts';
import { recordPodEvent } from './pod-events.ts';
import { type NodeRuntime, PodRuntime } from './pod-runtime.ts';
import { podStatus } from './pod-status.ts';
import { PodStatusWriter } from './pod-status-writer.ts';

/** How long until volumes that lack something are tried again, unless it appears before. */
const volumeRetryMs = 250;
const removeRetryMs = 200;

/** The life of one Pod on a node: volumes, init containers, containers, and its end when it is deleted. */
export class PodLife {
  readonly #api: ApiClient;
  readonly #runtime: PodRuntime;
  readonly #world: PodWorld;
  readonly #initContainers: readonly ContainerLife[];
  readonly #containers: readonly ContainerLife[];
  readonly #writer: PodStatusWriter;
  /** Aborted when nothing is to be started any more. */
  readonly #stopping = new AbortController();
  /** Aborted when the API server need not be told any more. */
  readonly #gone = new AbortController();
  #pod: Pod;
  #initialized = false;
  #initFailed = false;
  #finished = false;
  #terminating: Promise<void> | undefined;
  #volumes = Promise.resolve(false);
  #running: Promise<void> | undefined;
  #told = '';
  #wake: () => void = () => undefined;

  constructor(pod: Pod, api: ApiClient, node: NodeRuntime, world: PodWorld) {
    this.#pod = pod;
    this.#api = api;
    this.#world = world;
    this.#runtime = new PodRuntime(pod, node, world);
    this.#writer = new PodStatusWriter(api, pod, () => this.#status(), this.#gone.signal);
    const { podIp } = world.place;
    const life = (container: Pod['spec']['containers'][number]): ContainerLife =>
      new ContainerLife(pod, container, this.#runtime, podIp, () => this.#writer.write());
    this.#initContainers = (pod.spec.initContainers ?? []).map(life);
    this.#containers = pod.spec.containers.map(life);
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Begins; everything that happens is told by the Pod's status. */
  start(): void {
    this.#writer.write();
    this.#running = this.#run();
  }

  /** The Pod's object changed: it is perhaps being deleted, or has labels that a volume shows. */
  update(pod: Pod): void {
    const before = this.#pod.metadata;
    this.#pod = pod;
    const { labels, annotations } = pod.metadata;
    if (!isDeepStrictEqual([labels, annotations], [before.labels, before.annotations])) this.refresh();
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminating ??= this.#terminate();
  }

  /** A ConfigMap or Secret that the Pod may refer to changed, or a token may be due for renewal. */
  refresh(): void {
    this.#wake();
    if (!this.#stopping.signal.aborted) void this.#writeVolumes();
  }

  /** Sends a signal to the processes of all containers, or of one. */
  signal(signal: NodeJS.Signals, container?: string): void {
    for (const life of [...this.#initContainers, ...this.#containers]) {
      if (container === undefined || life.status.name === container) life.signal(signal);
    }
  }

  /** The file with the output of a container, the first unless one is named. */
  logFile(container = this.#pod.spec.containers[0]?.name ?? ''): string {
    return this.#runtime.logFile(container);
  }

  /** The Pod's object is gone, or the node is: everything is killed. */
  async kill(): Promise<void> {
    this.#gone.abort();
    this.#stopping.abort();
    this.#wake();
    this.signal('SIGKILL');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && !(await this.#writeVolumes())) await this.#somethingChanges(volumeRetryMs);
    const { restartPolicy = 'Always' } = this.#pod.spec;
    for (const life of this.#initContainers) {
      const end = await life.run(() => this.#pod, restartPolicy === 'Never' ? 'Never' : 'OnFailure', signal);
      if (end?.exitCode === 0) continue;
      this.#initFailed = !signal.aborted;
      break;
    }
    this.#initialized = !this.#initFailed && !signal.aborted;
    if (this.#initialized) {
      this.#writer.write();
      await Promise.all(this.#containers.map((life) => life.run(() => this.#pod, restartPolicy, signal)));
    }
    this.#finished = true;
    this.#writer.write();
  }

  /** Whether all volumes hold what they should. One look at a time: two would replace each other's folders. */
  #writeVolumes(): Promise<boolean> {
    this.#volumes = this.#volumes.then(() => this.#writeVolumesNow());
    return this.#volumes;
  }

  async #writeVolumesNow(): Promise<boolean> {
    try {
      await this.#runtime.writeVolumes(this.#pod);
      return true;
    } catch (error) {
      if (!(error instanceof MissingReference || isClusterError(error))) throw error;
      this.#tellOnce(error.message);
      return false;
    }
  }

  /** Records what keeps the volumes from being mounted, for `kubectl describe`. */
  #tellOnce(message: string): void {
    if (message === this.#told) return;
    this.#told = message;
    const event = { type: 'Warning', reason: 'FailedMount', message: `MountVolume.SetUp failed: ${message}` } as const;
    // What cannot be told now is seen in the status all the same: the Pod does not start.
    recordPodEvent(this.#api, this.#pod, event).catch((error: unknown) => {
      if (!isClusterError(error)) throw error;
    });
  }

  async #somethingChanges(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => resolve(undefined);
    const timer = new AbortController();
    await Promise.race([promise, delay(timeoutMs, undefined, { signal: timer.signal })]);
    timer.abort();
  }

  async #terminate(): Promise<void> {
    const { name, namespace, uid, deletionGracePeriodSeconds = 30 } = this.#pod.metadata;
    this.#stopping.abort();
    this.#wake();
    await Promise.all(
      [...this.#initContainers, ...this.#containers].map((life) => life.terminate(deletionGracePeriodSeconds)),
    );
    this.#writer.write();
    await this.#writer.written();
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    while (!this.#gone.signal.aborted) {
      try {
        await this.#api.delete(path, { gracePeriodSeconds: 0, preconditions: { uid } }, this.#gone.signal);
        return;
      } catch (error) {
        if (isClusterError(error) && (error.status === 404 || error.status === 409)) return;
        await delay(removeRetryMs, undefined, { signal: this.#gone.signal }).catch(() => undefined);
      }
    }
  }

  #status(): object {
    const progress = {
      initContainers: this.#initContainers.map(({ status }) => status),
      containers: this.#containers.map(({ status }) => status),
      initialized: this.#initialized,
      initFailed: this.#initFailed,
      finished: this.#finished,
    };
    const { podIp, nodeIp } = this.#world.place;
    return podStatus(this.#pod, progress, podIp, nodeIp, new Date().toISOString());
  }
}
