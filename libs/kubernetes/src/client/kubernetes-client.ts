import type { Dispatcher } from 'undici';
import { isKubernetesError } from '../errors.ts';
import { ResourceTypes } from './resource-types.ts';
import type { ResourceType } from './resource-types.ts';
import {
  causeCode,
  errorOfAnswer,
  errorOfCancel,
  errorOfStatus,
  errorOfTimeout,
  errorOfTransport,
} from './response-errors.ts';
import type { CallSubject, StatusObject } from './response-errors.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** One call of the API. */
export interface KubernetesCall extends CallSubject {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/v1/namespaces/default/pods`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  /** How long the whole call may take (a stream: until it begins), in milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How an answer that goes on is read. */
export interface StreamOptions {
  /** How long it may be silent, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** The server has accepted the call; the bytes may come much later. */
  readonly onBegin: () => void;
}

const defaultTimeoutMs = 15_000;

/** A connection that ended while nothing was under way on it, noticed only by the request that was sent on it. */
const staleConnectionCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** An API server: calls it, with everything bounded in time and every failure a {@link KubernetesError}. Made by `connectKubernetes`. */
export class KubernetesClient implements AsyncDisposable {
  /** `https://10.0.0.1:443`. */
  readonly server: string;
  /** Of the context, or of the Pod this runs in; absent: neither says one. */
  readonly namespace?: string;
  readonly #transport: Transport;
  readonly #types: ResourceTypes;

  constructor(server: string, namespace: string | undefined, transport: Transport) {
    this.server = server;
    if (namespace !== undefined) this.namespace = namespace;
    this.#transport = transport;
    this.#types = new ResourceTypes((call) => this.call(call));
  }

  /**
   * How objects of a kind are addressed: asked of the server once, and again while it does not know the kind (or with `fresh`).
   *
   * @throws KubernetesError `KUBERNETES_NOT_FOUND` when the server has no such kind now.
   */
  discover(
    apiVersion: string,
    kind: string,
    options: { readonly fresh?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<ResourceType> {
    return this.#types.find(apiVersion, kind, options);
  }

  /** The answer of a call, parsed. @throws KubernetesError */
  async call(call: KubernetesCall): Promise<unknown> {
    using limit = new Limit(call);
    try {
      const { statusCode, headers, body } = await this.#send('calls', call, limit.signal, {});
      const text = await body.text();
      if (statusCode >= 300) throw statusError(call, statusCode, headers, text);
      return parsed(call, text);
    } catch (error) {
      throw this.#errorOf(call, limit, error);
    }
  }

  /**
   * The bytes of an answer that goes on, as they come, until the signal ends it.
   *
   * @throws KubernetesError before the answer begins, and while it is read.
   */
  async *stream(
    call: KubernetesCall,
    { idleTimeoutMs, onBegin }: StreamOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    using limit = new Limit(call);
    try {
      const { statusCode, headers, body } = await this.#send('watches', call, limit.signal, {
        bodyTimeout: idleTimeoutMs,
      });
      if (statusCode >= 300) throw statusError(call, statusCode, headers, await body.text());
      limit.begun();
      onBegin();
      yield* body as AsyncIterable<Buffer>;
    } catch (error) {
      throw this.#errorOf(call, limit, error);
    }
  }

  /** Ends what is under way, and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  async #send(
    use: 'calls' | 'watches',
    call: KubernetesCall,
    signal: AbortSignal,
    options: Pick<TransportRequest, 'bodyTimeout'>,
  ): Promise<Dispatcher.ResponseData> {
    const query = Object.entries(call.query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const request = {
      ...options,
      method: call.method,
      path: query.length === 0 ? call.path : `${call.path}?${new URLSearchParams(query).toString()}`,
      headers: {
        accept: call.accept ?? 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    };
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#transport.send(use, request, false);
    } catch (error) {
      // All but POST may be done twice.
      if (call.method === 'POST' || !staleConnectionCodes.has(causeCode(error)) || signal.aborted) throw error;
      response = await this.#transport.send(use, request, false);
    }
    if (response.statusCode !== 401) return response;
    // A token that was rotated since it was read.
    await response.body.dump();
    return this.#transport.send(use, request, true);
  }

  #errorOf(call: KubernetesCall, limit: Limit, error: unknown): unknown {
    if (isKubernetesError(error)) return error;
    if (limit.isCancelled) return errorOfCancel(call, error);
    if (limit.isOver) return errorOfTimeout(call, this.server, error);
    return errorOfTransport(call, this.server, error);
  }
}

/** How long a call may take: until the caller's signal aborts, or its time is up. */
class Limit implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = (): void => this.#controller.abort();
  isOver = false;

  constructor({ signal, timeoutMs = defaultTimeoutMs }: KubernetesCall) {
    this.#outer = signal;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#controller.abort();
    }, timeoutMs);
    if (signal?.aborted === true) this.#controller.abort();
    signal?.addEventListener('abort', this.#cancel);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isCancelled(): boolean {
    return this.#outer?.aborted === true;
  }

  /** The answer has begun: what follows may take as long as it likes. */
  begun(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#cancel);
  }
}

function statusError(
  call: KubernetesCall,
  statusCode: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  text: string,
): Error {
  const retryAfter = headers['retry-after'];
  return errorOfStatus(call, statusCode, statusOf(text), typeof retryAfter === 'string' ? retryAfter : undefined);
}

/** The `Status` of an answer; what something in between answered is shown as it is. */
function statusOf(text: string): StatusObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Not JSON: plain text of a proxy or of the server's own front.
  }
  return text.trim() === '' ? {} : { message: text.trim().slice(0, 500) };
}

function parsed(call: KubernetesCall, text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw errorOfAnswer(call, cause);
  }
}
