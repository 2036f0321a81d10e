import type { BackoffBounds } from '../backoff.ts';
import type { KubernetesClient } from '../client/kubernetes-client.ts';
import type { KubernetesError } from '../errors.ts';
import type { ObjectChange } from './known-objects.ts';
import { WatchLoop } from './watch-loop.ts';

/** Which objects to follow, and whom to tell. */
export interface WatchObjectsOptions {
  readonly client: KubernetesClient;
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: of all namespaces. */
  readonly namespace?: string;
  /** Only the object of this name. */
  readonly name?: string;
  readonly labelSelector?: string;
  /** Have only metadata sent. */
  readonly metadataOnly?: boolean;
  /**
   * Told at once of everything that appears, changes and goes away, in order for each object; first, in pages, of all that is there. Objects
   * come without `managedFields` and the annotation of `kubectl apply`. Must not throw.
   */
  readonly onChange: (changes: readonly ObjectChange[]) => void;
  /** Told of each failed attempt; there will be another. */
  readonly onTrouble?: (error: KubernetesError) => void;
  /** Told when it works again after a failure. */
  readonly onRecovered?: () => void;
  readonly signal?: AbortSignal;
  /** Between failed attempts; default 200 ms to 5 s, so that a server that is back is noticed soon. */
  readonly backoff?: BackoffBounds;
  /**
   * How long a watch may be silent, in milliseconds, before its connection is taken for dead. Servers send a bookmark a minute. Default 100,000.
   */
  readonly idleTimeoutMs?: number;
  /** How long a kind must be unknown to the server before its objects count as gone, in milliseconds. Default 3,000. */
  readonly missingKindMs?: number;
  /** What may not be watched counts as not being there, for as long as that is so; it is tried again all the same. Default false. */
  readonly forbiddenIsAbsent?: boolean;
  /** Objects in one page of a list. Default 500. */
  readonly pageSize?: number;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

/** Objects that are being followed, until it is disposed or the signal aborts. */
export interface ObjectWatch extends AsyncDisposable {
  /**
   * Resolves when all that was there has been told, or it is certain that the server does not know the kind (or, with `forbiddenIsAbsent`,
   * that it is forbidden). Rejects only when it is ended before.
   */
  readonly synced: Promise<unknown>;
  /** Why nothing is heard at the moment; undefined: all is well. */
  readonly trouble: KubernetesError | undefined;
}

/**
 * Follows objects for as long as it is wanted, whatever happens in between: a watch that ends is resumed where it ended, a version that
 * is too old is replaced by a new list (what went away in between is told), a server that is away or refuses is tried again, and a
 * connection that died without a word is noticed.
 */
export function watchObjects(options: WatchObjectsOptions): ObjectWatch {
  const end = new AbortController();
  const loop = new WatchLoop({
    ...options,
    backoff: options.backoff ?? { firstMs: 200, mostMs: 5_000 },
    idleTimeoutMs: options.idleTimeoutMs ?? 100_000,
    missingKindMs: options.missingKindMs ?? 3_000,
    pageSize: options.pageSize ?? 500,
    random: options.random ?? Math.random,
    signal: end.signal,
  });
  const abort = (): void => end.abort();
  options.signal?.addEventListener('abort', abort);
  if (options.signal?.aborted === true) abort();
  const running = loop.run();
  return {
    synced: loop.synced.promise,
    get trouble() {
      return loop.trouble;
    },
    async [Symbol.asyncDispose]() {
      options.signal?.removeEventListener('abort', abort);
      abort();
      await running;
    },
  };
}
