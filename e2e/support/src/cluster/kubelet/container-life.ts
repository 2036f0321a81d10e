import { setTimeout as delay } from 'node:timers/promises';
import type { Container, ContainerState, ContainerStatus, Pod } from '../kubernetes-objects.ts';
import { MissingReference } from './container-environment.ts';
import type { ContainerEnd, ContainerProcess } from './container-process.ts';
import { ImageError } from './images.ts';
import type { PodRuntime } from './pod-runtime.ts';
import { httpGetSucceeds, keepProbing } from './probing.ts';
import { goodRunMs, restartDelayMs } from './restart-delay.ts';

/** When a container that ended is started again. */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** How long until a container that could not be started is tried again, unless what it refers to changes before. */
const startRetryMs = 250;

/**
 * The life of one container: started, probed, started again, and what its status says meanwhile.
 *
 * ```text
 * waiting ──start──▶ running ──exit──▶ terminated ──policy, back-off──▶ waiting
 *                       └── liveness or startup probe failed: SIGTERM, grace, SIGKILL
 * ```
 */
export class ContainerLife {
  readonly #container: Container;
  readonly #runtime: PodRuntime;
  readonly #podIp: string;
  readonly #changed: () => void;
  #process: ContainerProcess | undefined;
  #state: ContainerState;
  #lastState: ContainerState = {};
  #restarts = 0;
  #ready = false;
  #started = false;
  #graceSeconds: number;

  /** `changed` is called whenever {@link status} says something else. */
  constructor(pod: Pod, container: Container, runtime: PodRuntime, podIp: string, changed: () => void) {
    this.#container = container;
    this.#runtime = runtime;
    this.#podIp = podIp;
    this.#changed = changed;
    const first = pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating';
    this.#state = { waiting: { reason: first } };
    this.#graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
  }

  get status(): ContainerStatus {
    const { name, image = '' } = this.#container;
    return {
      name,
      image,
      imageID: `process://${image}`,
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restarts,
      state: this.#state,
      lastState: this.#lastState,
    };
  }

  /**
   * Runs the container until the policy is content with how it ended, or `signal` aborts; then nothing is started any more, and what runs is ended by
   * {@link terminate}.
   *
   * @returns how it ended last; undefined when it never ran
   */
  async run(pod: () => Pod, policy: RestartPolicy, signal: AbortSignal): Promise<ContainerEnd | undefined> {
    let end: ContainerEnd | undefined;
    let quickRestarts = 0;
    const stopped = (): boolean => signal.aborted;
    while (!stopped()) {
      const process = await this.#start(pod, signal);
      if (process === undefined) return end;
      // It was asked to stop between the decision to start it and now.
      if (stopped()) process.signal('SIGKILL');
      const startedAt = performance.now();
      end = await this.#attend(process);
      const content = policy === 'Never' || (policy === 'OnFailure' && end.exitCode === 0);
      if (content || stopped()) return end;
      if (performance.now() - startedAt >= goodRunMs) quickRestarts = 0;
      await this.#backOff(restartDelayMs(quickRestarts++), signal);
      if (!stopped()) this.#restarts++;
    }
    return end;
  }

  /** Sends a signal to the process, if one runs. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  /** Ends the process: preStop hook, SIGTERM, and SIGKILL when the time is up. */
  async terminate(graceSeconds: number): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    const done = new AbortController();
    const ended = process.ended.then(() => done.abort());
    const killed = delay(graceSeconds * 1000, undefined, { signal: done.signal })
      .then(() => process.signal('SIGKILL'))
      .catch(() => undefined);
    await this.#preStop(done.signal);
    process.signal('SIGTERM');
    await ended;
    await killed;
  }

  async #preStop(signal: AbortSignal): Promise<void> {
    const { sleep, httpGet } = this.#container.lifecycle?.preStop ?? {};
    if (sleep !== undefined) await delay(sleep.seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (httpGet !== undefined) await httpGetSucceeds(httpGet, this.#container, this.#podIp, signal);
  }

  async #backOff(waitMs: number, signal: AbortSignal): Promise<void> {
    if (waitMs === 0) return;
    const ended = this.#state;
    this.#lastState = ended;
    this.#set({ waiting: { reason: 'CrashLoopBackOff', message: `back-off ${waitMs} ms restarting container` } });
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    // It stays as it ended.
    if (signal.aborted) this.#set(ended);
  }

  /** Starts it, waiting for what it refers to; undefined when `signal` aborted before. */
  async #start(pod: () => Pod, signal: AbortSignal): Promise<ContainerProcess | undefined> {
    while (!signal.aborted) {
      try {
        this.#process = await this.#runtime.start(pod(), this.#container);
        this.#started = this.#container.startupProbe === undefined;
        this.#ready = this.#started && this.#container.readinessProbe === undefined;
        if (this.#state.terminated) this.#lastState = this.#state;
        this.#set({ running: { startedAt: new Date().toISOString() } });
        return this.#process;
      } catch (error) {
        const reason =
          error instanceof MissingReference
            ? 'CreateContainerConfigError'
            : error instanceof ImageError
              ? 'ErrImagePull'
              : 'StartError';
        const { message } = error as Error;
        if (this.#state.waiting?.message !== message) this.#set({ waiting: { reason, message } });
        await delay(startRetryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  async #attend(process: ContainerProcess): Promise<ContainerEnd> {
    const { startedAt = '' } = this.#state.running ?? {};
    const probing = new AbortController();
    void this.#probe(process, probing.signal);
    const end = await process.ended;
    probing.abort();
    this.#process = undefined;
    this.#ready = false;
    this.#started = false;
    this.#set({
      terminated: {
        ...end,
        reason: end.exitCode === 0 ? 'Completed' : 'Error',
        startedAt,
        finishedAt: new Date().toISOString(),
      },
    });
    return end;
  }

  async #probe(process: ContainerProcess, signal: AbortSignal): Promise<void> {
    const { startupProbe, readinessProbe, livenessProbe } = this.#container;
    const kill = (): void => void this.terminate(this.#graceSeconds);
    if (startupProbe !== undefined) {
      const startup = new AbortController();
      await keepProbing(
        startupProbe,
        this.#container,
        this.#podIp,
        AbortSignal.any([signal, startup.signal]),
        (state) => {
          if (state.failed) kill();
          if (state.passing || state.failed) startup.abort();
          if (state.passing) this.#started = true;
        },
      );
      if (!this.#started) return;
      this.#ready = readinessProbe === undefined;
      this.#changed();
    }
    const set = (ready: boolean): void => {
      if (this.#ready === ready || this.#process !== process) return;
      this.#ready = ready;
      this.#changed();
    };
    await Promise.all([
      readinessProbe &&
        keepProbing(readinessProbe, this.#container, this.#podIp, signal, ({ passing }) => set(passing)),
      livenessProbe &&
        keepProbing(livenessProbe, this.#container, this.#podIp, signal, ({ failed }) => {
          if (failed) kill();
        }),
    ]);
  }

  #set(state: ContainerState): void {
    this.#state = state;
    this.#changed();
  }
}
