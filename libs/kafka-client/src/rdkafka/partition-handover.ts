import type { Logger } from '@eventing-kafka/logging';
import type { FeedHandler, StartPosition } from '../interfaces.ts';
import { isKafkaError, KafkaError } from '../kafka-error.ts';

const assignRetryMs = 1000;

/**
 * The conversation with the owner of a feed when partitions come and go, one change at a time and bounded where the group
 * waits for us.
 */
export class PartitionHandover {
  readonly #handler: FeedHandler;
  readonly #revokeTimeoutMs: number;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(handler: FeedHandler, revokeTimeoutMs: number, logger: Logger) {
    this.#handler = handler;
    this.#revokeTimeoutMs = revokeTimeoutMs;
    this.#logger = logger;
  }

  /** Runs after what was begun before. */
  inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(step).catch((error: unknown) => {
      this.#handler.failed(asKafkaError(error, 'a change of partitions failed'));
    });
    this.#last = turn;
    return turn;
  }

  /** Where to start these partitions; asked again until there is an answer. Undefined when the feed closes first. */
  async starts(partitions: readonly number[]): Promise<ReadonlyMap<number, StartPosition> | undefined> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const answer = await unlessAborted(this.#handler.assigned(partitions), signal);
        if (answer === undefined) return undefined;
        return new Map(partitions.map((partition) => [partition, answer.get(partition) ?? 'earliest']));
      } catch (error) {
        this.#handler.failed(asKafkaError(error, 'where to start partitions is not known'));
        await pause(assignRetryMs, signal);
      }
    }
    return undefined;
  }

  /** Lets the owner finish with these partitions, for a while. */
  async finish(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    const late = new AbortController();
    const timer = pause(this.#revokeTimeoutMs, late.signal).then(() => 'late' as const);
    try {
      const first = await Promise.race([this.#handler.revoked(partitions), timer]);
      if (first === 'late') {
        this.#logger.warn('partitions are given up before their owner finished', {
          partitions,
          revokeTimeoutMs: this.#revokeTimeoutMs,
        });
      }
    } catch (error) {
      this.#handler.failed(asKafkaError(error, 'partitions were given up in disorder'));
    } finally {
      late.abort();
    }
  }

  lost(partitions: readonly number[]): void {
    if (partitions.length > 0) this.#handler.lost(partitions);
  }

  /** Ends waiting for answers about partitions that will not be read any more. */
  close(): void {
    this.#closing.abort();
  }
}

function asKafkaError(error: unknown, context: string): KafkaError {
  if (isKafkaError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new KafkaError('KAFKA_OTHER', `${context}: ${message}`, { retriable: true, cause: error });
}

/** `work`, or undefined once `signal` aborts. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => {
    resolve(undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
