import { Connection, NetworkError } from '@platformatic/kafka';
import type { Broker, ConnectionOptions } from '@platformatic/kafka';
import type { LeaderLink, LeaderLinkEvents } from './kafka-wire.ts';
import { produce } from './produce-request.ts';
import type { AddressedBatch, ProduceAnswer } from './produce-request.ts';

const firstDelayMs = 10;
const maxDelayMs = 1000;

/** The connection to one broker: made when it is needed, made again when it was lost, later and later while that fails. */
export class BrokerLink implements LeaderLink {
  readonly broker: Broker;
  readonly #clientId: string;
  readonly #options: ConnectionOptions;
  readonly #events: LeaderLinkEvents;
  #connection: Connection | undefined;
  #connecting: Connection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #delayMs = firstDelayMs;
  #closed = false;

  constructor(broker: Broker, clientId: string, options: ConnectionOptions, events: LeaderLinkEvents) {
    this.broker = broker;
    this.#clientId = clientId;
    this.#options = options;
    this.#events = events;
  }

  /** {@link LeaderLink}. It is not while it proves anew who we are (KIP-368). */
  get usable(): boolean {
    return this.#connection?.isConnected() === true;
  }

  /** {@link LeaderLink} */
  produce(batches: readonly AddressedBatch[], timeoutMs: number): Promise<ProduceAnswer> {
    const connection = this.#connection;
    return connection === undefined
      ? Promise.reject(new NetworkError('the connection was lost'))
      : produce(connection, batches, timeoutMs);
  }

  /** {@link LeaderLink} */
  connect(): void {
    if (this.#closed || this.#connection !== undefined || this.#connecting !== undefined || this.#retry !== undefined)
      return;
    const connection = new Connection(this.#clientId, this.#options);
    this.#connecting = connection;
    // Also because without a listener the second error of a connection would end the process.
    connection.on('error', () => this.#abandonUnusable(connection));
    connection.on('connect', this.#events.ready);
    connection.on('close', () => this.#lost(connection));
    const connected = (error?: Error | null): void => {
      if (this.#connecting !== connection) return;
      this.#connecting = undefined;
      if (this.#closed) connection.close(ignore);
      else if (error) this.#failed(connection, error);
      else this.#use(connection);
    };
    try {
      void connection.connect(this.broker.host, this.broker.port, connected);
    } catch (error) {
      connected(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** {@link LeaderLink} */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    const connection = this.#connection ?? this.#connecting;
    this.#connection = undefined;
    if (connection === undefined) return;
    connection.close(ignore);
    // A peer that does not answer would keep a connection from ending.
    connection.socket.destroy();
  }

  #use(connection: Connection): void {
    this.#connection = connection;
    this.#delayMs = firstDelayMs;
    this.#events.ready();
  }

  #failed(connection: Connection, error: unknown): void {
    connection.close(ignore);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#events.ready();
    }, this.#delayMs);
    this.#delayMs = Math.min(maxDelayMs, this.#delayMs * 2);
    this.#events.failed(error);
  }

  /**
   * An error of a connection, not of a request. After a refused proof of who we are the driver says goodbye and waits for the peer to do the
   * same, which takes minutes when its machine is gone, while the link neither works nor is made anew.
   */
  #abandonUnusable(connection: Connection): void {
    if (this.#connection === connection && !connection.isConnected()) connection.socket.destroy();
  }

  #lost(connection: Connection): void {
    // It would wake up to prove anew who we are.
    connection.close(ignore);
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#events.ready();
  }
}

function ignore(): void {
  // Told elsewhere, or of no interest when it is closed.
}
