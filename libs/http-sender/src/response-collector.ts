import { DeliveryError, isSuccess, responseClass } from '@eventing-kafka/delivery';
import type { Dispatcher } from 'undici';
import type { HttpResponse } from './http-sender.ts';
import { toDeliveryError } from './transport-errors.ts';

/** What a collector sends and how much it keeps of the answer. */
export interface CollectorRequest {
  readonly origin: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Largest body of a success that may hold a reply; `undefined`: nobody reads it. */
  readonly maxSuccessBytes: number | undefined;
  readonly maxFailureBytes: number;
}

/**
 * How much of a body that nobody wants is read so that the connection can be used again; beyond it a new connection is cheaper
 * than the rest of the body.
 */
const drainBytes = 64 * 1024;

/** Interim responses (1xx) that are borne before the one that counts. */
const maxInterim = 16;

/**
 * Undici's handler of one request: collects the response within its limits and settles a promise exactly once.
 *
 * ```text
 *  waiting ──▶ dispatched ──▶ started ──▶ head ──▶ body ──▶ settled ──▶ released
 *     └────────────┴─────────────┴─────────┴────────┴── timeout, abort, error ──┘
 * ```
 * It may settle early (time limit, withdrawn, body too large); the connection is then given up, and `released` is called when
 * undici is through with it.
 */
export class ResponseCollector implements Dispatcher.DispatchHandler {
  readonly options: Dispatcher.DispatchOptions;
  /** Set while the request waits for a connection. */
  settledWhileWaiting: (() => void) | undefined = undefined;
  /** Called once when undici is through with a request it was given. */
  released: (() => void) | undefined = undefined;
  readonly #request: CollectorRequest;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #interim = 0;
  #statusCode = 0;
  #rawHeaders: Dispatcher.DispatchController['rawHeaders'];
  /** Most bytes to keep; what to do beyond depends on `#required`. */
  #maxBytes = 0;
  #required = false;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #received = 0;

  constructor(request: CollectorRequest, resolve: (response: HttpResponse) => void, reject: (error: Error) => void) {
    this.options = { path: request.path, method: 'POST', headers: request.headers, body: request.body };
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(this.#onTimeout, request.timeoutMs);
    request.signal?.addEventListener('abort', this.#onAbort);
  }

  /** Ends the request with an error, wherever it is; nothing happens if it has ended. */
  fail(error: Error): void {
    if (!this.#settle()) return;
    this.#reject(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Settled while undici was still connecting: there was nothing to abort then.
    if (this.#settled)
      controller.abort(new DeliveryError('DELIVERY_ABORTED', 'ended before it was sent', { retryable: false }));
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    if (statusCode < 200 && statusCode !== 101) {
      this.#interim += 1;
      if (this.#interim > maxInterim) this.#refuseInterim();
      return;
    }
    this.#statusCode = statusCode;
    this.#rawHeaders = controller.rawHeaders;
    this.#required = responseClass(statusCode) === 'answered' && this.#request.maxSuccessBytes !== undefined;
    this.#maxBytes = this.#required ? (this.#request.maxSuccessBytes ?? 0) : this.#request.maxFailureBytes;
    // Nothing was asked for that could be switched to, and nothing of HTTP follows.
    if (statusCode === 101) this.#respond(true);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#received += chunk.length;
    if (this.#received > this.#maxBytes && this.#required) {
      const message = `${this.#request.origin} answered ${this.#statusCode} with more than ${this.#maxBytes} bytes`;
      this.fail(new DeliveryError('DELIVERY_RESPONSE_TOO_LARGE', message, { retryable: false }));
      return;
    }
    const room = this.#maxBytes - this.#kept;
    if (room > 0) {
      const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
      this.#chunks.push(kept);
      this.#kept += kept.length;
    }
    if (this.#received > Math.max(this.#maxBytes, drainBytes)) this.#respond(true);
  }

  onResponseEnd(): void {
    this.#respond(false);
    this.#release();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settle()) this.#reject(toDeliveryError(error, this.#request.origin, this.#controller !== undefined));
    this.#release();
  }

  #refuseInterim(): void {
    const message = `${this.#request.origin} answered with more than ${maxInterim} interim responses`;
    this.fail(new DeliveryError('DELIVERY_RESPONSE_INVALID', message, { retryable: true }));
  }

  #respond(giveUpConnection: boolean): void {
    if (!this.#settle()) return;
    const truncated = giveUpConnection || this.#received > this.#kept;
    this.#resolve(new CollectedResponse(this.#statusCode, this.#rawHeaders, this.#body(), truncated));
    if (giveUpConnection)
      this.#controller?.abort(
        new DeliveryError('DELIVERY_ABORTED', 'the rest of the response is not wanted', { retryable: false }),
      );
  }

  #body(): Buffer {
    const [first] = this.#chunks;
    if (first === undefined) return emptyBody;
    // A failure outlives its attempt, during the back-off and on to the dead letter: it must not hold on to the socket's buffers.
    return this.#chunks.length === 1 && isSuccess(this.#statusCode) ? first : Buffer.concat(this.#chunks, this.#kept);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    this.settledWhileWaiting?.();
    return true;
  }

  #release(): void {
    const { released } = this;
    this.released = undefined;
    released?.();
  }

  readonly #onTimeout = (): void => {
    const { origin, timeoutMs } = this.#request;
    const message = `no complete response from ${origin} within ${timeoutMs} ms`;
    this.fail(new DeliveryError('DELIVERY_TIMEOUT', message, { retryable: true }));
  };

  readonly #onAbort = (): void => {
    const cause: unknown = this.#request.signal?.reason;
    this.fail(
      new DeliveryError('DELIVERY_ABORTED', `the request to ${this.#request.origin} was withdrawn`, {
        retryable: false,
        cause,
      }),
    );
  };
}

const emptyBody = Buffer.alloc(0);

/** Makes text of the head only when somebody reads it: most answers are an empty 2xx that nobody looks into. */
class CollectedResponse implements HttpResponse {
  readonly statusCode: number;
  readonly body: Buffer;
  readonly bodyTruncated: boolean;
  #raw: Dispatcher.DispatchController['rawHeaders'];
  #headers: readonly string[] | undefined;

  constructor(
    statusCode: number,
    raw: Dispatcher.DispatchController['rawHeaders'],
    body: Buffer,
    bodyTruncated: boolean,
  ) {
    this.statusCode = statusCode;
    this.body = body;
    this.bodyTruncated = bodyTruncated;
    this.#raw = isSuccess(statusCode) ? raw : undefined;
    this.#headers = isSuccess(statusCode) ? undefined : flatHeaders(raw);
  }

  get headers(): readonly string[] {
    this.#headers ??= flatHeaders(this.#raw);
    this.#raw = undefined;
    return this.#headers;
  }
}

function flatHeaders(raw: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}
