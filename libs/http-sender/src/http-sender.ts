import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import { DeliveryError } from '@eventing-kafka/delivery';
import type { DestinationGuard } from '@eventing-kafka/destination-guard';
import { guardedLookup, resolveBySystem } from './guarded-lookup.ts';
import type { ResolveName } from './guarded-lookup.ts';
import { OriginPool } from './origin-pool.ts';
import type { OriginPoolLimits } from './origin-pool.ts';
import { ResponseCollector } from './response-collector.ts';
import { trustingContext } from './trust.ts';

/** One event as it goes over the wire. */
export interface HttpRequest {
  /** Absolute http or https URL. User info and fragment are not sent. */
  readonly url: URL | string;
  /** Flat: name, value, name, value… Values hold visible ASCII, space and tab; `host`, `content-length` and `user-agent` are added. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
  /** From the call to the last byte of the response, waiting for a connection included. */
  readonly timeoutMs: number;
  /** Withdraws the request, wherever it is. */
  readonly signal?: AbortSignal | undefined;
  /** CA certificates (PEM) trusted beside the platform's. */
  readonly caPem?: string | undefined;
  /** `ignore`: nobody reads the body of a success, so one that is too large is no failure. Default `keep`. */
  readonly responseBody?: 'keep' | 'ignore' | undefined;
}

/** A complete response of any status; redirects are not followed. */
export interface HttpResponse {
  readonly statusCode: number;
  /** Flat: name, value, name, value… in the order and case they came; bytes as ISO-8859-1. */
  readonly headers: readonly string[];
  /** Of a success up to `maxResponseBytes`; of anything else its first `maxFailureBytes`. */
  readonly body: Buffer;
  /** Whether `body` is only the beginning of what was, or would have been, sent. */
  readonly bodyTruncated: boolean;
}

/** Settings of a sender; each has a default. */
export interface HttpSenderOptions {
  /** Connections to one origin (scheme, host, port) and set of certificates at once. Default 100. */
  readonly maxConnectionsPerOrigin?: number;
  /** Requests that may wait for a connection to one origin; more are refused with `DELIVERY_QUEUE_FULL`. Default 1000. */
  readonly maxQueuedPerOrigin?: number;
  /** Time for DNS, TCP and TLS of one connection. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long an unused connection stays open when the server does not say. Default 4000, below the 5 s many servers keep. */
  readonly keepAliveMs?: number;
  /** Largest body of a success, which may hold a reply. Default 1 MiB (security 6.4). */
  readonly maxResponseBytes?: number;
  /** How much is kept of a body that holds no reply: a failure, a 202. Default 1024. */
  readonly maxFailureBytes?: number;
  /** Largest head of a response. Default 32 KiB. */
  readonly maxHeaderBytes?: number;
  /** Origins whose unused connections are remembered; beyond it those without requests are closed. Default 256. */
  readonly maxOrigins?: number;
  /** Product token sent as `user-agent`. Default `eventing-kafka/<version of this package>`. */
  readonly userAgent?: string;
  /**
   * Refuses, with `DELIVERY_DENIED`, URLs and addresses that events are never sent to: when a URL is first used, and for each connection that is
   * made. Absent: whatever resolves is connected to.
   */
  readonly guard?: DestinationGuard | undefined;
  /** Finds the addresses of a name, for the guard. Default: the system's resolver. */
  readonly resolveName?: ResolveName | undefined;
  /** Told of each certificate in a `caPem` that cannot be used; the others are used. */
  readonly onUnusableCertificate?: (message: string) => void;
}

/** Sends requests over kept-alive connections, a bounded pool for each origin. */
export interface HttpSender extends AsyncDisposable {
  /**
   * One POST, one attempt. Resolves with the response whatever its status is.
   *
   * @throws DeliveryError when there is no usable response; `retryable` says whether another attempt makes sense
   */
  post(request: HttpRequest): Promise<HttpResponse>;
}

interface Target {
  readonly pool: OriginPool;
  readonly path: string;
}

/** Remembered URLs; beyond it all are forgotten and looked up anew. */
const maxTargets = 4096;

/** A sender; dispose it to refuse what waits, let what is under way end and close the connections. */
export function createHttpSender(options: HttpSenderOptions = {}): HttpSender {
  return new PooledHttpSender(options);
}

class PooledHttpSender implements HttpSender {
  readonly #limits: OriginPoolLimits;
  readonly #maxOrigins: number;
  readonly #maxResponseBytes: number;
  readonly #maxFailureBytes: number;
  readonly #userAgent: string;
  readonly #guard: DestinationGuard | undefined;
  readonly #lookup: LookupFunction | undefined;
  readonly #onUnusableCertificate: (message: string) => void;
  /** By CA certificates, then by origin. */
  readonly #pools = new Map<string, Map<string, OriginPool>>();
  /** By CA certificates, then by URL: parsing a URL for each event would cost more than the rest of this class. */
  readonly #targets = new Map<string, Map<string, Target>>();
  #targetCount = 0;
  #poolCount = 0;
  #closed = false;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: HttpSenderOptions) {
    this.#limits = {
      maxConnections: options.maxConnectionsPerOrigin ?? 100,
      maxQueued: options.maxQueuedPerOrigin ?? 1000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      keepAliveMs: options.keepAliveMs ?? 4000,
      maxHeaderBytes: options.maxHeaderBytes ?? 32 * 1024,
    };
    this.#maxOrigins = options.maxOrigins ?? 256;
    this.#maxResponseBytes = options.maxResponseBytes ?? 1024 * 1024;
    this.#maxFailureBytes = options.maxFailureBytes ?? 1024;
    this.#userAgent = options.userAgent ?? `eventing-kafka/${packageVersion()}`;
    this.#guard = options.guard;
    this.#lookup =
      options.guard === undefined ? undefined : guardedLookup(options.guard, options.resolveName ?? resolveBySystem);
    this.#onUnusableCertificate = options.onUnusableCertificate ?? ((): void => undefined);
  }

  post(request: HttpRequest): Promise<HttpResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    if (this.#closed) {
      reject(new DeliveryError('DELIVERY_CLOSED', 'the HTTP sender is closed', { retryable: false }));
      return promise;
    }
    if (request.signal?.aborted === true) {
      reject(
        new DeliveryError('DELIVERY_ABORTED', 'withdrawn before it was sent', {
          retryable: false,
          cause: request.signal.reason,
        }),
      );
      return promise;
    }
    let target: Target;
    try {
      target = this.#target(request.url, request.caPem ?? '');
    } catch (error) {
      reject(error);
      return promise;
    }
    const collector = new ResponseCollector(
      {
        path: target.path,
        headers: [...request.headers, 'user-agent', this.#userAgent],
        body: request.body,
        timeoutMs: request.timeoutMs,
        signal: request.signal,
        origin: target.pool.origin,
        maxSuccessBytes: request.responseBody === 'ignore' ? undefined : this.#maxResponseBytes,
        maxFailureBytes: this.#maxFailureBytes,
      },
      resolve,
      reject,
    );
    target.pool.send(collector);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const pools of this.#pools.values()) for (const pool of pools.values()) this.#close(pool);
    this.#pools.clear();
    this.#targets.clear();
    const results = await Promise.allSettled(this.#closing);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length > 0) throw new AggregateError(failures, 'connections could not be closed');
  }

  #target(url: URL | string, caPem: string): Target {
    const text = typeof url === 'string' ? url : url.href;
    const known = this.#targets.get(caPem)?.get(text);
    if (known !== undefined) return known;
    const parsed = parseDestination(text);
    const refusal = this.#guard?.refusalOfUrl(parsed);
    if (refusal !== undefined)
      throw new DeliveryError('DELIVERY_DENIED', `events are not delivered to ${refusal}: ${parsed.origin}`, {
        retryable: false,
      });
    const target = { pool: this.#pool(parsed.origin, caPem), path: parsed.pathname + parsed.search };
    if (this.#targetCount >= maxTargets) this.#forgetTargets();
    this.#targetCount++;
    childMap(this.#targets, caPem).set(text, target);
    return target;
  }

  #pool(origin: string, caPem: string): OriginPool {
    const known = this.#pools.get(caPem)?.get(origin);
    if (known !== undefined) return known;
    if (this.#poolCount >= this.#maxOrigins) this.#closeUnusedPools();
    const context =
      caPem === '' || !origin.startsWith('https:') ? undefined : trustingContext(caPem, this.#onUnusableCertificate);
    const pool = new OriginPool(origin, this.#limits, { context, lookup: this.#lookup });
    childMap(this.#pools, caPem).set(origin, pool);
    this.#poolCount++;
    return pool;
  }

  #closeUnusedPools(): void {
    this.#forgetTargets();
    for (const [caPem, pools] of this.#pools) {
      for (const [origin, pool] of pools) {
        if (pool.inUse) continue;
        pools.delete(origin);
        this.#poolCount--;
        this.#close(pool);
      }
      if (pools.size === 0) this.#pools.delete(caPem);
    }
  }

  #forgetTargets(): void {
    this.#targets.clear();
    this.#targetCount = 0;
  }

  #close(pool: OriginPool): void {
    const closing = pool.close();
    this.#closing.add(closing);
    // A failure is left in the set, for whoever disposes this to see.
    void closing.then(
      () => this.#closing.delete(closing),
      () => undefined,
    );
  }
}

function parseDestination(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  const message = `cannot post to ${JSON.stringify(text)}: an absolute http or https URL is needed`;
  throw new DeliveryError('DELIVERY_REQUEST_INVALID', message, { retryable: false });
}

function childMap<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const map = new Map<string, V>();
  maps.set(key, map);
  return map;
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };
  return version;
}
