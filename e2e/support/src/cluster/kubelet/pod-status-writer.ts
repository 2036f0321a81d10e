import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';
import { isClusterError } from '../cluster-error.ts';
import type { Pod } from '../kubernetes-objects.ts';

/** How long until a status that could not be written is written again. */
const retryMs = 200;

/** Keeps the status of a Pod in the API server as it is here: one request at a time, each with the newest. */
export class PodStatusWriter {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #uid: string;
  readonly #status: () => object;
  readonly #signal: AbortSignal;
  #due = false;
  #writing: Promise<void> | undefined;

  /** `status` gives what is to be written at the moment it is asked; `signal` ends the attempts. */
  constructor(api: ApiClient, { metadata }: Pod, status: () => object, signal: AbortSignal) {
    this.#api = api;
    this.#path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
    this.#uid = metadata.uid;
    this.#status = status;
    this.#signal = signal;
  }

  /** Something changed. */
  write(): void {
    this.#due = true;
    this.#writing ??= this.#writeWhileDue().finally(() => (this.#writing = undefined));
  }

  /** Resolves when everything was written. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #writeWhileDue(): Promise<void> {
    // What changes in the same turn is written together.
    await delay(0);
    while (this.#due && !this.#signal.aborted) {
      this.#due = false;
      try {
        const body = { metadata: { uid: this.#uid }, status: this.#status() };
        await this.#api.strategicPatch(`${this.#path}/status`, body, this.#signal);
      } catch (error) {
        // Gone, or another Pod of this name: nobody wants to know any more.
        if (isClusterError(error) && (error.status === 404 || error.status === 409)) return;
        this.#due = true;
        await delay(retryMs, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
  }
}
