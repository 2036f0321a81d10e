import type { AddressInfo } from 'node:net';
import type { Logger } from '@eventing-kafka/logging';
import { checkPair, readPair, type CertificatePair } from './certificate-pair.ts';
import { FollowedFolder } from './followed-folder.ts';
import {
  createSecureServer,
  listen,
  secureContext,
  type IngressServer,
  type IngressServerOptions,
  type SecureServer,
} from './ingress-server.ts';

/** Where HTTPS is served, and with what. */
export interface TlsOptions {
  /** Folder with `tls.crt` and `tls.key`. Neither the folder nor the files need be there. */
  readonly directory: string;
  /** 0: any free port. */
  readonly port: number;
  /** How often the files are looked at though nothing was heard of a change, in milliseconds. Default 60000. */
  readonly pollMs?: number;
}

/** What a {@link TlsListener} works with. */
export interface TlsListenerOptions extends IngressServerOptions {
  readonly tls: TlsOptions;
  readonly host: string;
  readonly logger: Logger;
  /** Told when the served certificate ends; 0: none is served. */
  readonly expires: (atMs: number) => void;
}

/** How often connections without a request are ended once the files are gone, in milliseconds. */
const idleSweepMs = 50;
/** Milliseconds for requests under way when the files are gone. */
const removedTimeoutMs = 10_000;

/**
 * HTTPS as long as there is a key pair (security.md 2.3):
 *
 * ```
 *            both files, usable                    other files, usable: new handshakes use them
 *  silent ─────────────────────▶ serving ◀────┐    unusable ones: logged, those before stay
 *    ▲                              │    └────┘
 *    └──────────────────────────────┘
 *              a file is gone
 * ```
 */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  #server: (IngressServer & SecureServer) | undefined;
  #served: CertificatePair | undefined;
  /** What was last said to be wrong, so that it is said once. */
  #complaint: string | undefined;
  readonly #folder: FollowedFolder;

  constructor(options: TlsListenerOptions) {
    this.#options = options;
    this.#folder = new FollowedFolder({
      ...options.tls,
      look: () => this.#look(),
      failed: (error) => this.#complain(error instanceof Error ? error.message : String(error)),
    });
  }

  /** Looks at the files, and goes on doing so. Rejects with {@link IngressError} when there is a pair and the port cannot be had. */
  async start(): Promise<void> {
    await this.#folder.start();
  }

  /** The port while it serves. */
  get port(): number | undefined {
    return this.#server === undefined ? undefined : (this.#server.address() as AddressInfo).port;
  }

  /** Looks no more. Gives over the server, if there is one, for whoever closes them all. */
  async release(): Promise<IngressServer | undefined> {
    await this.#folder[Symbol.asyncDispose]();
    const server = this.#server;
    this.#server = undefined;
    return server;
  }

  async #look(): Promise<void> {
    const { tls, expires, logger } = this.#options;
    const pair = await readPair(tls.directory);
    if (pair === undefined) {
      this.#stopServing();
      return;
    }
    if (pair.cert === this.#served?.cert && pair.key === this.#served.key) return;
    const check = checkPair(pair, Date.now());
    if (check.kind === 'unusable') {
      this.#complain(check.why);
      return;
    }
    if (this.#server === undefined) await this.#serve(pair);
    else this.#server.setSecureContext(secureContext(pair));
    this.#served = pair;
    this.#complaint = undefined;
    expires(check.expiresAtMs);
    logger.info('TLS certificate in use', {
      directory: tls.directory,
      port: this.port,
      expiresAt: new Date(check.expiresAtMs).toISOString(),
    });
  }

  async #serve(pair: CertificatePair): Promise<void> {
    const { tls, host } = this.#options;
    const server = createSecureServer(pair, this.#options);
    await listen(server, host, tls.port);
    this.#server = server;
  }

  #stopServing(): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#served = undefined;
    this.#options.expires(0);
    this.#options.logger.warn('TLS certificate is gone: no HTTPS any more', { directory: this.#options.tls.directory });
    const late = setTimeout(() => server.closeAllConnections(), removedTimeoutMs);
    const idle = setInterval(() => server.closeIdleConnections(), idleSweepMs);
    server.close(() => {
      clearTimeout(late);
      clearInterval(idle);
    });
  }

  #complain(why: string): void {
    if (this.#complaint === why) return;
    this.#complaint = why;
    const { logger, tls } = this.#options;
    const goesOn = this.#server === undefined ? 'HTTPS is not served' : 'the one before goes on';
    logger.error(`TLS certificate cannot be used: ${goesOn}`, { directory: tls.directory, why });
  }
}
