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

  /** Waits until this key is among the changes; gives those that came before it. */
  async wakes(key: string): Promise<readonly string[]> {
    await eventually(`${key} is among the changes`, () => this.#keys.includes(key));
    const [before, after] = [this.#keys.slice(0, this.#keys.indexOf(key)), this.#keys.indexOf(key) + 1];
    this.#keys = this.#keys.slice(after);
    return before;
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
