import type { Installation, ServedObject } from '../installation.ts';
import { isReady, systemNamespace } from '../installation.ts';
import { podProcess, type PodProcess } from './pod-process.ts';
import { Samples } from './samples.ts';

/** A process of the data plane as the controller sees it. */
export interface Follower {
  readonly name: string;
  /** Generations of the contract that it has not acknowledged. */
  readonly lag: number;
}

/** What a controller tells of itself at one moment. */
export interface ControllerFigures {
  readonly leads: boolean;
  /** Processes that have acknowledged some contract of this controller. */
  readonly followers: readonly Follower[];
  /** Objects that every process serves as written, counted when it was found out. */
  readonly served: number;
  /** Statuses written since the start. */
  readonly statusWrites: number;
  /** Objects in its queues. */
  readonly queued: number;
}

/** The controller Pod of an installation that has one, over all restarts of its container. */
export class Controller {
  readonly #installation: Installation;
  readonly #pod: string;
  readonly #url: string;

  private constructor(installation: Installation, pod: string, ip: string) {
    this.#installation = installation;
    this.#pod = pod;
    this.#url = `http://${ip}:9090`;
  }

  static async of(installation: Installation): Promise<Controller> {
    const [name = ''] = await installation.pods('kafka-controller');
    const pod = await installation.read({ apiVersion: 'v1', kind: 'Pod', namespace: systemNamespace, name });
    return new Controller(installation, name, String(pod?.status?.['podIP']));
  }

  /** The present process. */
  get process(): PodProcess {
    return podProcess(this.#pod);
  }

  /** Ends the process as a machine that loses power would. */
  kill(): void {
    this.#installation.cluster.killPod(systemNamespace, this.#pod);
  }

  /** @throws TypeError while nobody listens */
  async figures(): Promise<ControllerFigures> {
    const samples = new Samples(await this.#text('/metrics'));
    return {
      leads: samples.sum('eventing_kafka_leader') === 1,
      followers: samples
        .of('eventing_kafka_contract_lag')
        .map(({ labels, value }) => ({ name: labels.get('process_name') ?? '', lag: value })),
      served: samples.sum('eventing_kafka_serving_duration_seconds_count'),
      statusWrites: samples.sum('eventing_kafka_status_writes_total'),
      queued: samples.sum('eventing_kafka_workqueue_depth'),
    };
  }

  /** How many of its objects are Ready as written, by its own account, and how long that took to tell. */
  async ready(): Promise<{ readonly count: number; readonly tookMs: number; readonly bytes: number }> {
    const since = performance.now();
    const text = await this.#text('/status');
    const tookMs = Math.round(performance.now() - since);
    const { resources } = JSON.parse(text) as { readonly resources: readonly ServedObject[] };
    return { count: resources.filter(isReady).length, tookMs, bytes: text.length };
  }

  async #text(path: string): Promise<string> {
    const response = await fetch(`${this.#url}${path}`, { signal: AbortSignal.timeout(10_000) });
    return response.text();
  }
}
