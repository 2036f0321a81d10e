import type { AddressInfo } from 'node:net';
import type { ApplyContract, ContractUpdate } from '@eventing-kafka/contract';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { TokenVerifier } from '@eventing-kafka/oidc';
import type { Tracing } from '@eventing-kafka/tracing';
import type { Meter } from '@opentelemetry/api';
import { Admission } from './admission.ts';
import { AuthorizationGate } from './authorization-gate.ts';
import { BrokenConnections } from './broken-connections.ts';
import { ContractRoutes } from './contract-routes.ts';
import { closeServers, createPlainServer, listen, sweepMs, type IngressServer } from './ingress-server.ts';
import type { ReportEventType } from './event-types.ts';
import { IngressInstruments } from './instruments.ts';
import type { IngressLimits } from './limits.ts';
import { completeLimits, ingressShare } from './limits.ts';
import { RequestHandler } from './request-handler.ts';
import type { ResolveSecurity } from './route-credentials.ts';
import type { TransportEncryption } from './transport-encryption.ts';
import { TlsListener, type TlsOptions } from './tls-listener.ts';

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
  readonly resolveSecurity?: ResolveSecurity | undefined;
  /**
   * Checks the tokens of senders, where a resource has an `audience`; not ready as long as it cannot. Absent: such resources are refused
   * with `AuthenticationUnsupported`. Not disposed by the ingress.
   */
  readonly authenticate?: TokenVerifier | undefined;
  /** HTTPS beside HTTP, on the same address, as long as there is a key pair. Absent: none. */
  readonly tls?: TlsOptions | undefined;
  /** Which scheme takes events at first. Default `permissive`: each that is listened on. */
  readonly transportEncryption?: TransportEncryption | undefined;
  /**
   * Told of the kinds of events that resources take whose contract asks for it (`enableEventTypeAutocreate`): each once for as long as
   * the resource stays as it is, at most 1000 of each. Absent: nobody is told.
   */
  readonly reportEventType?: ReportEventType | undefined;
  /** Continues and begins traces, and writes their context into records. Absent: no trace goes on. Not disposed by the ingress. */
  readonly tracing?: Tracing | undefined;
}

/** A listening ingress. Disposing answers what was accepted, in bounded time, and gives back producers and port. */
export interface Ingress extends AsyncDisposable {
  readonly port: number;
  /** Where to post events, without a path: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The same over TLS; undefined while there is no certificate. */
  readonly tlsUrl: string | undefined;
  /** Takes a contract into service: routes change in one step, whatever cannot be served is refused by its resource. */
  readonly apply: ApplyContract;
  /** Changes which scheme takes events, without a gap: connections and ports stay, requests from now on are answered by it. */
  readonly setTransportEncryption: (mode: TransportEncryption) => void;
  /** Whether a contract was applied and no stop has begun. */
  readonly ready: boolean;
  /** Why not; undefined when ready. */
  readonly notReadyReason: string | undefined;
  /** Begins the stop without waiting for it: not ready any more, answers close their connections. Disposing does it too. */
  beginDrain(): void;
}

/**
 * Listens for CloudEvents (receiver.md 4) and produces them to the topics of the contract. Nothing is served before the first
 * `apply`: every path is 404, readiness 503. Rejects with {@link IngressError} when it cannot listen or a limit makes no sense.
 */
export async function startIngress(options: IngressOptions): Promise<Ingress> {
  const limits = completeLimits(options.limits);
  const instruments = new IngressInstruments(options.meter);
  const admission = Admission.ofProcess(limits);
  const shareLimits = ingressShare(limits);
  const routes = new ContractRoutes({
    openAdmission: () => admission.share(shareLimits),
    reportEventType: options.reportEventType,
    kafka: options.kafka,
    producerSettings: { deliveryTimeoutMs: limits.produceTimeoutMs, maxInFlightBytes: limits.maxInFlightBytes },
    instruments,
    logger: options.logger,
    resolveSecurity: options.resolveSecurity,
    canAuthenticate: options.authenticate !== undefined,
  });
  let draining = false;
  const { logger, tracing, authenticate } = options;
  // Whoever was ready stays so without keys: an issuer that is away must not take all receivers, and what is open, with it. What asks
  // for tokens refuses by itself.
  let wasReady = false;
  const notReady = (): string | undefined => {
    if (draining) return 'This receiver is stopping.';
    if (!routes.applied) return 'No contract was applied yet.';
    const lacking = wasReady ? undefined : authenticate?.notReadyReason;
    wasReady ||= lacking === undefined;
    return lacking;
  };
  const lastAnswers = new WeakSet();
  const gate = authenticate === undefined ? undefined : new AuthorizationGate(authenticate, logger);
  const handler = new RequestHandler({ routes, notReady, limits, instruments, logger, lastAnswers, tracing, gate });
  handler.transportEncryption = options.transportEncryption ?? 'permissive';

  const broken = new BrokenConnections({ limits, handler, instruments, lastAnswers });
  const server = createPlainServer({ limits, handler, broken });
  const { host, tls } = options;
  await listen(server, host, options.port);
  const expires = instruments.certificateExpires;
  const secure =
    tls === undefined ? undefined : new TlsListener({ tls, host, logger, limits, handler, broken, expires });
  try {
    await secure?.start();
  } catch (error) {
    await closeServers(await opened(server, secure), handler, 0);
    throw error;
  }
  const sweep = setInterval(() => {
    handler.expire(performance.now(), 'kafka-timeout');
    instruments.inFlight(admission.requests, admission.bytes);
  }, sweepMs);
  const { port } = server.address() as AddressInfo;

  const beginDrain = (): void => {
    draining = true;
    handler.closeConnections();
  };
  const stop = async (): Promise<void> => {
    beginDrain();
    if (limits.drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, limits.drainDelayMs));
    await closeServers(await opened(server, secure), handler, limits.drainTimeoutMs);
    clearInterval(sweep);
    await routes[Symbol.asyncDispose]();
  };
  let stopped: Promise<void> | undefined;

  return {
    port,
    url: `http://${urlHost(host)}:${port}`,
    get tlsUrl() {
      return secure?.port === undefined ? undefined : `https://${urlHost(host)}:${secure.port}`;
    },
    apply: (update) => {
      authenticate?.trust(update.trustBundles);
      authenticate?.expectTokens(asksForTokens(update));
      return routes.apply(update);
    },
    setTransportEncryption: (mode) => {
      handler.transportEncryption = mode;
    },
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

function asksForTokens({ resources }: ContractUpdate): boolean {
  for (const { ingress } of resources.values()) if (ingress !== undefined && ingress.audience !== '') return true;
  return false;
}

/** All servers that are to be closed. */
async function opened(plain: IngressServer, secure: TlsListener | undefined): Promise<readonly IngressServer[]> {
  const other = await secure?.release();
  return other === undefined ? [plain] : [plain, other];
}

function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
