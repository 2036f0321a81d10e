import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApplyContract } from '@eventing-kafka/contract';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { Meter } from '@opentelemetry/api';
import { BrokenConnections } from './broken-connections.ts';
import { ContractRoutes } from './contract-routes.ts';
import { EventRequest } from './event-request.ts';
import { listenError } from './ingress-error.ts';
import { IngressInstruments } from './instruments.ts';
import type { IngressLimits } from './limits.ts';
import { completeLimits } from './limits.ts';
import { RequestHandler } from './request-handler.ts';
import type { ResolveSecurity } from './route-credentials.ts';

/** What {@link startIngress} needs. */
export interface IngressOptions {
  /** Address to listen on, such as `0.0.0.0`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Opens the producers. Not disposed by the ingress. */
  readonly kafka: KafkaClients;
  readonly logger: Logger;
  readonly meter: Meter;
  /** What to take at most; what is left out is {@link defaultIngressLimits}. */
  readonly limits?: Partial<IngressLimits>;
  /**
   * Turns a resource's credential reference into Kafka credentials. Absent: resources with credentials are refused with
   * `CredentialsUnsupported`.
   */
  readonly resolveSecurity?: ResolveSecurity;
}

/** A listening ingress. Disposing answers what was accepted, in bounded time, and gives back producers and port. */
export interface Ingress extends AsyncDisposable {
  readonly port: number;
  /** Where to post events, without a path: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes a contract into service: routes change in one step, whatever cannot be served is refused by its resource. */
  readonly apply: ApplyContract;
  /** Whether a contract was applied and no stop has begun. */
  readonly ready: boolean;
  /** Why not; undefined when ready. */
  readonly notReadyReason: string | undefined;
  /** Begins the stop without waiting for it: not ready any more, answers close their connections. Disposing does it too. */
  beginDrain(): void;
}

/** How often late answers and slow requests are looked for. */
const sweepMs = 250;

/**
 * Listens for CloudEvents (receiver.md 4) and produces them to the topics of the contract. Nothing is served before the first
 * `apply`: every path is 404, readiness 503. Rejects with {@link IngressError} when it cannot listen or a limit makes no sense.
 */
export async function startIngress(options: IngressOptions): Promise<Ingress> {
  const limits = completeLimits(options.limits);
  const instruments = new IngressInstruments(options.meter);
  const routes = new ContractRoutes({
    kafka: options.kafka,
    producerSettings: { deliveryTimeoutMs: limits.produceTimeoutMs, maxInFlightBytes: limits.maxInFlightBytes },
    instruments,
    logger: options.logger,
    resolveSecurity: options.resolveSecurity,
  });
  let draining = false;
  const notReady = (): string | undefined =>
    draining ? 'This receiver is stopping.' : routes.applied ? undefined : 'No contract was applied yet.';
  const lastAnswers = new WeakSet();
  const handler = new RequestHandler({ routes, notReady, limits, instruments, logger: options.logger, lastAnswers });

  const server = createIngressServer(
    limits,
    handler,
    new BrokenConnections({ limits, handler, instruments, lastAnswers }),
  );
  await listen(server, options.host, options.port);
  const sweep = setInterval(() => {
    handler.expire(performance.now(), 'kafka-timeout');
    instruments.inFlight(handler.inFlight.bytes);
  }, sweepMs);
  const { port } = server.address() as AddressInfo;

  const beginDrain = (): void => {
    draining = true;
    handler.closing = true;
  };
  const stop = async (): Promise<void> => {
    beginDrain();
    if (limits.drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, limits.drainDelayMs));
    await closeServer(server, handler, limits.drainTimeoutMs);
    clearInterval(sweep);
    await routes[Symbol.asyncDispose]();
  };
  let stopped: Promise<void> | undefined;

  return {
    port,
    url: `http://${urlHost(options.host)}:${port}`,
    apply: (update) => routes.apply(update),
    get ready() {
      return notReady() === undefined;
    },
    get notReadyReason() {
      return notReady();
    },
    beginDrain,
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  };
}

function createIngressServer(
  limits: IngressLimits,
  handler: RequestHandler,
  broken: BrokenConnections,
): Server<typeof EventRequest> {
  const server = createServer({
    IncomingMessage: EventRequest,
    // Routes by path need none; a request without one is refused where it would (receiver.md R-34).
    requireHostHeader: false,
    // So that two Host headers are seen.
    joinDuplicateHeaders: true,
    // The parser counts target and headers as one; each has its own limit in `plainHttpRefusal`.
    maxHeaderSize: limits.maxRequestLineBytes + limits.maxHeaderBytes,
    headersTimeout: limits.requestTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, Math.max(sweepMs, limits.requestTimeoutMs / 4)),
    noDelay: true,
  });
  // The size is limited, so the number is; a header left out in silence would be an attribute lost.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.maxConnections;
  server.on('request', (request, response) => handler.handle(request, response, false));
  server.on('checkContinue', (request, response) => handler.handle(request, response, true));
  // Other expectations are ignored, as upstream does (receiver.md 3.3).
  server.on('checkExpectation', (request: EventRequest, response) => handler.handle(request, response, false));
  server.on('connect', (_request, socket) => broken.refuse(socket, 'method-not-allowed'));
  server.on('clientError', (error, socket) => broken.failed(error, socket));
  return server;
}

async function listen(server: Server<typeof EventRequest>, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host, port, backlog: 1024 }, resolve);
  });
  server.removeAllListeners('error');
}

/** Stops accepting, answers what was accepted until the deadline, then answers the rest 503 and cuts what still arrives. */
async function closeServer(
  server: Server<typeof EventRequest>,
  handler: RequestHandler,
  drainTimeoutMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = performance.now() + drainTimeoutMs;
  while (handler.unanswered > 0 && performance.now() < deadline) await pause(10);
  handler.expire(0, 'stopping', true);
  // What is answered is on its way out and ends its connection; anything else on a connection was never accepted.
  const flush = setTimeout(() => server.closeAllConnections(), flushMs);
  await closed;
  clearTimeout(flush);
}

/** Milliseconds for the last answers to leave. */
const flushMs = 1000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
