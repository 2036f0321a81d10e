import { eventually } from '@eventing-kafka/e2e-support';
import type { RunningKubernetesSource } from '@eventing-kafka/kubernetes-source';
import { keyText } from '@eventing-kafka/resources';

/** Reads the changes of a source, as a reconciler does. */
export class SourceChanges implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #reading: Promise<void>;
  #keys: string[] = [];

  constructor(source: RunningKubernetesSource) {
    this.#reading = this.#read(source);
  }

  /** Waits until this key is among the changes, and forgets those before it. */
  async wakes(key: string): Promise<void> {
    await eventually(`${key} is among the changes`, () => this.#keys.includes(key));
    this.#keys = this.#keys.slice(this.#keys.indexOf(key) + 1);
  }

  /** The changes that have come and that nobody waited for. */
  get unread(): readonly string[] {
    return this.#keys;
  }

  /** Forgets what has come so far. */
  forget(): void {
    this.#keys = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#reading;
  }

  async #read(source: RunningKubernetesSource): Promise<void> {
    for await (const keys of source.changes(this.#end.signal)) this.#keys.push(...keys.map(keyText));
  }
}
