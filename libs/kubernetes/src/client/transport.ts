import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { KubernetesError } from '../errors.ts';
import type { ClusterConfig, Credentials } from './cluster-config.ts';

/** Connections for calls that end soon. More wait for one. */
const maxCallConnections = 16;
/** Token files and certificate files are looked at again this often. */
const credentialsMaxAgeMs = 10_000;
/** Largest answer of a call: a page of a list. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** A request without what is the same for all. */
export interface TransportRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal;
  /** How long the body may be silent, in milliseconds. */
  readonly bodyTimeout?: number;
}

/** Dispatchers for one set of TLS credentials. */
interface Connections {
  readonly tlsDigest: string;
  /** For calls. */
  readonly calls: Dispatcher;
  /** For watches, each of which has a connection for itself for minutes. */
  readonly watches: Dispatcher;
}

/**
 * Connections to an API server with the credentials of the moment. HTTP/1.1: a broken connection then ends one watch and not all of them.
 * Connections are kept alive and probed by the operating system; those of rotated certificates serve out what they carry.
 */
export class Transport implements AsyncDisposable {
  readonly #config: ClusterConfig;
  readonly #origin: string;
  readonly #pathPrefix: string;
  readonly #userAgent: string;
  #connections: Connections | undefined;
  readonly #retired = new Set<Dispatcher>();
  #credentials: { readonly value: Promise<Credentials>; readonly readAtMs: number } | undefined;
  #disposed = false;

  constructor(config: ClusterConfig, userAgent: string) {
    this.#config = config;
    const url = new URL(config.server);
    this.#origin = url.origin;
    this.#pathPrefix = url.pathname.replace(/\/$/, '');
    this.#userAgent = userAgent;
  }

  /** Sends a request; `fresh` reads the credentials anew, after the last ones were refused. */
  async send(use: 'calls' | 'watches', request: TransportRequest, fresh: boolean): Promise<Dispatcher.ResponseData> {
    const credentials = await this.#currentCredentials(fresh);
    return this.#connectionsFor(credentials)[use].request({
      ...request,
      origin: this.#origin,
      path: this.#pathPrefix + request.path,
      headers: { 'user-agent': this.#userAgent, ...request.headers, ...credentials.headers },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const { calls, watches } = this.#connections ?? {};
    this.#connections = undefined;
    const all = [calls, watches, ...this.#retired].filter((dispatcher) => dispatcher !== undefined);
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  #currentCredentials(fresh: boolean): Promise<Credentials> {
    const now = performance.now();
    const known = this.#credentials;
    if (!fresh && known !== undefined && now - known.readAtMs < credentialsMaxAgeMs) return known.value;
    const value = this.#config.credentials();
    this.#credentials = { value, readAtMs: now };
    value.catch(() => {
      // Whoever asked hears of it; the next one asks again.
      if (this.#credentials?.value === value) this.#credentials = undefined;
    });
    return value;
  }

  #connectionsFor({ tls, tlsDigest }: Credentials): Connections {
    if (this.#disposed) throw new KubernetesError('KUBERNETES_CANCELLED', 'the Kubernetes client is disposed');
    const known = this.#connections;
    if (known?.tlsDigest === tlsDigest) return known;
    if (known !== undefined) this.#retire(known);
    this.#connections = {
      tlsDigest,
      calls: this.#dispatcher(tls, maxCallConnections, maxAnswerBytes),
      watches: this.#dispatcher(tls, null, -1),
    };
    return this.#connections;
  }

  #dispatcher(tls: Credentials['tls'], connections: number | null, maxResponseSize: number): Dispatcher {
    const common = {
      allowH2: false,
      connections,
      maxResponseSize,
      keepAliveTimeout: 30_000,
      connectTimeout: 5_000,
    };
    const connect = { ...tls, timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 15_000 };
    const { proxyUrl } = this.#config;
    return proxyUrl === undefined
      ? new Agent({ ...common, connect })
      : new ProxyAgent({ ...common, uri: proxyUrl, requestTls: connect });
  }

  #retire({ calls, watches }: Connections): void {
    for (const dispatcher of [calls, watches]) {
      this.#retired.add(dispatcher);
      void dispatcher.close().then(
        () => this.#retired.delete(dispatcher),
        () => this.#retired.delete(dispatcher),
      );
    }
  }
}
