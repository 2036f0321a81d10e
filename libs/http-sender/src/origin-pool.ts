import { DeliveryError } from '@eventing-kafka/delivery';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Pool } from 'undici';
import type { ResponseCollector } from './response-collector.ts';

/** The longest that an unused connection stays open because the server says it may, milliseconds. */
const longestKeepAliveMs = 60_000;

/** Bounds of the connections to one origin. */
export interface OriginPoolLimits {
  readonly maxConnections: number;
  readonly maxQueued: number;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxHeaderBytes: number;
}

/**
 * Connections to one origin and the requests that wait for one. Undici's own queue has no bound and keeps withdrawn requests, so
 * requests wait here and undici never gets more than it has connections for.
 */
export class OriginPool {
  readonly origin: string;
  readonly #limits: OriginPoolLimits;
  readonly #pool: Pool;
  /** In order of arrival; a withdrawn request leaves from the middle. */
  readonly #waiting = new Set<ResponseCollector>();
  #inFlight = 0;

  constructor(
    origin: string,
    limits: OriginPoolLimits,
    { context, lookup }: { readonly context?: SecureContext | undefined; readonly lookup?: LookupFunction | undefined },
  ) {
    this.origin = origin;
    this.#limits = limits;
    this.#pool = new Pool(origin, {
      connections: limits.maxConnections,
      pipelining: 1,
      allowH2: false,
      // Each request has one time limit of its own, for everything.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: Math.max(limits.keepAliveMs, longestKeepAliveMs),
      maxHeaderSize: limits.maxHeaderBytes,
      connect: {
        timeout: limits.connectTimeoutMs,
        ...(context === undefined ? {} : { secureContext: context }),
        ...(lookup === undefined ? {} : { lookup }),
      },
    });
  }

  /** Whether requests are under way or wait. */
  get inUse(): boolean {
    return this.#inFlight > 0 || this.#waiting.size > 0;
  }

  /** Sends now, or when a connection is free; tells the collector if neither is possible. */
  send(collector: ResponseCollector): void {
    if (this.#inFlight < this.#limits.maxConnections) {
      this.#dispatch(collector);
    } else if (this.#waiting.size < this.#limits.maxQueued) {
      this.#waiting.add(collector);
      collector.settledWhileWaiting = () => this.#waiting.delete(collector);
    } else {
      const message = `${this.#waiting.size} requests wait for a connection to ${this.origin} already`;
      collector.fail(new DeliveryError('DELIVERY_QUEUE_FULL', message, { retryable: true }));
    }
  }

  /** Refuses what waits, lets what is under way end, closes the connections. */
  async close(): Promise<void> {
    const error = new DeliveryError('DELIVERY_CLOSED', `connections to ${this.origin} are being closed`, {
      retryable: false,
    });
    for (const collector of [...this.#waiting]) collector.fail(error);
    await this.#pool.close();
  }

  #dispatch(collector: ResponseCollector): void {
    this.#inFlight++;
    // Called when undici is through with the request, which may be after the caller got its answer.
    collector.released = this.#release;
    this.#pool.dispatch(collector.options, collector);
  }

  readonly #release = (): void => {
    this.#inFlight--;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.settledWhileWaiting = undefined;
    this.#dispatch(next);
  };
}
