import { type KubernetesClient, watchObjects } from '@eventing-kafka/kubernetes';
import { isReady, type ServedObject } from '../installation.ts';

/** Which objects of a kind are Ready, as a watch tells it. */
export class ReadyWatch implements AsyncDisposable {
  readonly #watch: AsyncDisposable;
  /** Generation in which an object is Ready, by name. */
  readonly #ready = new Map<string, number>();
  readonly #waiting = new Set<{ readonly holds: () => boolean; readonly resolve: (atMs: number) => void }>();
  #changes = 0;

  constructor(client: KubernetesClient, { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) {
    this.#watch = watchObjects({
      client,
      apiVersion,
      kind,
      namespace: 'default',
      onChange: (changes) => {
        for (const change of changes) {
          if (change.kind === 'absent') this.#ready.delete(change.name);
          else this.#saw(change.object);
        }
        this.#changes += changes.length;
        for (const waiting of this.#waiting) if (waiting.holds()) waiting.resolve(performance.now());
      },
    });
  }

  /** Objects that are Ready as they are written. */
  get count(): number {
    return this.#ready.size;
  }

  /** How often anything was told of any object. */
  get changes(): number {
    return this.#changes;
  }

  /** Resolves when an object is Ready in this generation, with the time. */
  ready(name: string, generation: number): Promise<number> {
    return this.#when(`${name} is Ready`, () => (this.#ready.get(name) ?? 0) >= generation);
  }

  /** Resolves when so many are Ready, with the time. */
  allReady(count: number): Promise<number> {
    return this.#when(`${count} are Ready`, () => this.#ready.size >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
  }

  #saw(object: ServedObject): void {
    const { name, generation = 0 } = object.metadata;
    if (isReady(object)) this.#ready.set(name, generation);
    else this.#ready.delete(name);
  }

  async #when(what: string, holds: () => boolean): Promise<number> {
    if (holds()) return performance.now();
    const { promise, resolve } = Promise.withResolvers<number>();
    const waiting = { holds, resolve };
    this.#waiting.add(waiting);
    const tooLate = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => tooLate.reject(new Error(`It was waited in vain that ${what}; ${this.count} are Ready`)),
      deadlineMs,
    );
    try {
      return await Promise.race([promise, tooLate.promise]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    }
  }
}

const deadlineMs = 900_000;
