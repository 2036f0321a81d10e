import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { TlsMaterialSource } from '@eventing-kafka/certificates';
import type { Logger } from '@eventing-kafka/logging';
import type { Meter } from '@opentelemetry/api';
import { AdmissionError } from './admission-error.ts';
import type { AdmissionContext } from './admission-request.ts';
import { admissionReviewOf, parseAdmissionReview } from './admission-review.ts';
import type { AdmissionAnswer, AdmissionReview } from './admission-review.ts';
import { answerReview, webhookPaths } from './answer-review.ts';
import type { WebhookPath } from './answer-review.ts';
import { admissionInstruments } from './instruments.ts';
import { featuresKnown } from './features-known.ts';
import type { AdmissionInstruments } from './instruments.ts';
import { BodyReader } from './read-body.ts';

/** How webhooks are served. */
export interface AdmissionServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Certificate and key of the Service; looked at again whenever they change. Its `ca` is not used: the API server shows none. */
  readonly tls: Pick<TlsMaterialSource, 'current' | 'watch'>;
  readonly context: AdmissionContext;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** A webhook server. Disposing answers what is under way, for at most two seconds. */
export interface AdmissionServer extends AsyncDisposable {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
}

/** What the API server itself takes of an object is smaller; a review holds two of them. */
const limits = { maxBodyBytes: 3 * 1024 * 1024, maxBufferedBytes: 64 * 1024 * 1024 };
const closeTimeoutMs = 2_000;

/**
 * Serves the webhooks over HTTPS. Resolves when it listens.
 *
 * @throws AdmissionError the address cannot be listened on, or the certificate not served with
 */
export async function startAdmissionServer(options: AdmissionServerOptions): Promise<AdmissionServer> {
  const { host, port, tls, logger } = options;
  const closing = new AbortController();
  const handler = new ReviewHandler(options, closing.signal);
  const server = secureServer(tls, (request, response) => {
    handler.handle(request, response).catch((error: unknown) => {
      logger.error('admission review failed', { error });
      response.destroy();
    });
  });
  server.maxConnections = 1024;
  const boundPort = await listen(server, host, port);
  server.on('error', (error) => logger.error('webhook server failed', { error }));
  server.on('tlsClientError', (error) => logger.debug('webhook client refused the connection', { error }));
  const failed = (error: unknown): void =>
    logger.error('new webhook certificate is not used, the former one stays', { error });
  const unwatch = tls.watch(() => {
    try {
      server.setSecureContext({ cert: tls.current.cert, key: tls.current.key });
      // An API server keeps its connections: what is trusted anew is only seen on a new one.
      server.closeIdleConnections();
      logger.info('webhook certificate replaced');
    } catch (error) {
      failed(error);
    }
  }, failed);
  let closed: Promise<void> | undefined;
  return {
    port: boundPort,
    [Symbol.asyncDispose]: () => {
      unwatch();
      closing.abort();
      return (closed ??= close(server));
    },
  };
}

class ReviewHandler {
  readonly #context: AdmissionContext;
  readonly #logger: Logger;
  readonly #instruments: AdmissionInstruments;
  readonly #bodies = new BodyReader(limits);
  readonly #closing: AbortSignal;

  constructor({ context, logger, meter }: AdmissionServerOptions, closing: AbortSignal) {
    this.#closing = closing;
    this.#context = context;
    this.#logger = logger;
    this.#instruments = admissionInstruments(meter);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const path = pathOf(request);
    if (path === undefined)
      return sendText(response, 404, `Not found. There is ${Object.values(webhookPaths).join(', ')}.`);
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return sendText(response, 405, 'Method not allowed: use POST.');
    }
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
      return sendText(response, 415, 'Unsupported media type: use application/json.');
    const body = await this.#bodies.read(request);
    if (body === 'aborted') return void response.destroy();
    if (body === 'too-large') return sendText(response, 413, `At most ${limits.maxBodyBytes} bytes are taken.`);
    if (body === 'too-many') {
      response.setHeader('retry-after', '1');
      return sendText(response, 429, 'Too many reviews at the same time: try again.');
    }
    const review = parseAdmissionReview(body.text);
    if (review === undefined)
      return sendText(response, 400, 'Not an AdmissionReview of admission.k8s.io/v1 or v1beta1 with a request.');
    const answer = await this.#answer(path, review);
    response.statusCode = 200;
    response.setHeader('content-type', 'application/json');
    response.end(admissionReviewOf(review, answer));
    const kind = review.request?.kind ?? 'other';
    this.#instruments.answered(path.slice(1), kind, answer.allowed, performance.now() - startedAt);
  }

  /** What goes wrong in here is told in the log alone: an answer is read by whoever wrote the object. */
  async #answer(path: WebhookPath, review: AdmissionReview): Promise<AdmissionAnswer> {
    try {
      if (path !== webhookPaths.configValidation && !(await featuresKnown(this.#context, this.#closing))) {
        const message = 'the ConfigMaps of features are not read yet: try again';
        return { allowed: false, code: 503, message, warnings: [] };
      }
      return answerReview(path, review, this.#context);
    } catch (error) {
      this.#logger.error('admission review failed', { uid: review.uid, kind: review.kindText, path, error });
      const message = `internal error of the webhook; its log says why (review ${review.uid.slice(0, 64)})`;
      return { allowed: false, code: 500, message, warnings: [] };
    }
  }
}

function pathOf(request: IncomingMessage): WebhookPath | undefined {
  const path = (request.url ?? '/').replace(/[?#].*$/s, '');
  return Object.values(webhookPaths).find((known) => known === path);
}

/** A body that was not read to its end would be taken for the next request: the connection goes with the answer. */
function sendText(response: ServerResponse, statusCode: number, body: string): void {
  response.statusCode = statusCode;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('connection', 'close');
  response.end(`${body}\n`);
}

function secureServer(
  tls: Pick<TlsMaterialSource, 'current'>,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const { cert, key } = tls.current;
  const timeouts = { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 60_000, handshakeTimeout: 5_000 };
  try {
    return createServer({ cert, key, minVersion: 'TLSv1.2', ...timeouts }, listener);
  } catch (cause) {
    throw new AdmissionError(
      'ADMISSION_CERTIFICATE_UNUSABLE',
      'The certificate of the webhooks and its key cannot be served with: give both of the same issue, in PEM.',
      { cause },
    );
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new AdmissionError(
              'ADMISSION_PORT_IN_USE',
              `Port ${port} on ${host}, for webhooks, is in use: stop what listens there or choose another port.`,
              { cause },
            )
          : new AdmissionError(
              'ADMISSION_LISTEN_FAILED',
              `Cannot listen on ${host}:${port}, for webhooks: ${cause.message}.`,
              { cause },
            ),
      ),
    );
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server): Promise<void> {
  const closing = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs);
  server.closeIdleConnections();
  await closing;
  clearTimeout(timer);
}
