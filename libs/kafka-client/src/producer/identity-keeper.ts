import type { ProducerIdentity } from './record-batch.ts';

const firstRetryMs = 50;
const maxRetryMs = 1000;

/** What an {@link IdentityKeeper} works with. */
export interface IdentityKeeperOptions {
  /** Asks Kafka for an identity (InitProducerId, KIP-98). */
  readonly ask: () => Promise<ProducerIdentity>;
  /** There was none; it is waited a while before `asked`. */
  readonly failed: (error: unknown) => void;
  /** An identity was asked for, with or without success: who needs one may look again. */
  readonly asked: () => void;
}

/** Who a producer is to Kafka: asked for when somebody needs it, once at a time, later and later while that fails. */
export class IdentityKeeper {
  readonly #options: IdentityKeeperOptions;
  #identity: ProducerIdentity | undefined;
  #asking = false;
  #retryMs = firstRetryMs;

  constructor(options: IdentityKeeperOptions) {
    this.#options = options;
  }

  /** Who we are; undefined while that is being asked, which begins with this call if need be. */
  current(): ProducerIdentity | undefined {
    if (this.#identity === undefined && !this.#asking) void this.#ask();
    return this.#identity;
  }

  /** Asks for another identity in place of this one, unless that was done already. */
  renew(used: ProducerIdentity): void {
    if (this.#identity === used) this.#identity = undefined;
    this.current();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      this.#identity = await this.#options.ask();
      this.#retryMs = firstRetryMs;
    } catch (error) {
      this.#options.failed(error);
      await new Promise((resolve) => setTimeout(resolve, this.#retryMs).unref());
      this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2);
    } finally {
      this.#asking = false;
    }
    this.#options.asked();
  }
}
