import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { KafkaClients, KafkaCluster, KafkaSecurity, OffsetStore, TopicAdmin } from '@eventing-kafka/kafka-client';
import type { ResourceKey } from '@eventing-kafka/resources';

/** A cluster as plans name it. */
export interface ClusterName {
  readonly bootstrapServers: string;
  readonly secret?: ResourceKey;
}

/** Reads the credentials in a Secret. Rejects when they are missing or make no sense. */
export type SecurityOf = (secret: ResourceKey) => Promise<KafkaSecurity>;

/** Why a cluster cannot be used. */
export class ClusterUnavailable extends Error {
  override readonly name = 'ClusterUnavailable';
  /** `busy`: somebody else is finding out whether it is there. */
  readonly code: 'connect' | 'secret' | 'busy';

  constructor(code: ClusterUnavailable['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Cluster {
  readonly admin: TopicAdmin;
  readonly offsets: OffsetStore;
}

interface Gate {
  cluster: Promise<Cluster> | undefined;
  state: 'unknown' | 'up' | 'down';
  /** Whether somebody is finding out. */
  trying: boolean;
  error: string;
  tryAgainAtMs: number;
}

/** How long the word of one failed try counts for everybody who wants the same cluster. */
const downMs = 200;

/**
 * Topics and offsets of any number of clusters. While it is not known whether a cluster is there, one caller finds out and the
 * others are sent away, so that a cluster that is away keeps at most one of the reconciler's hands busy.
 */
export class KafkaAccess implements AsyncDisposable {
  readonly #clients: KafkaClients;
  readonly #securityOf: SecurityOf | undefined;
  readonly #now: () => number;
  readonly #gates = new Map<string, Gate>();

  constructor(clients: KafkaClients, securityOf: SecurityOf | undefined, now: () => number) {
    this.#clients = clients;
    this.#securityOf = securityOf;
    this.#now = now;
  }

  /** Works with a cluster. Throws {@link ClusterUnavailable} when it cannot be reached, whatever `work` throws otherwise. */
  async use<T>(name: ClusterName, work: (cluster: Cluster) => Promise<T>): Promise<T> {
    const gate = this.#gate(name);
    if (gate.state === 'down' && this.#now() < gate.tryAgainAtMs) throw new ClusterUnavailable('connect', gate.error);
    const isTry = gate.state !== 'up';
    if (isTry) {
      if (gate.trying) throw new ClusterUnavailable('busy', `somebody is connecting to ${name.bootstrapServers}`);
      gate.trying = true;
    }
    try {
      gate.cluster ??= this.#open(name);
      const result = await work(await gate.cluster);
      gate.state = 'up';
      return result;
    } catch (error) {
      if (error instanceof ClusterUnavailable) {
        gate.cluster = undefined;
        throw error;
      }
      if (!isKafkaError(error)) throw error;
      if (!isConnectionTrouble(error.code)) {
        // It answered.
        gate.state = 'up';
        throw error;
      }
      gate.state = 'down';
      gate.error = error.message;
      gate.tryAgainAtMs = this.#now() + downMs;
      throw new ClusterUnavailable('connect', error.message, { cause: error });
    } finally {
      if (isTry) gate.trying = false;
    }
  }

  /** Closes what is open to clusters that are no longer named. */
  async retain(names: Iterable<ClusterName>): Promise<void> {
    const wanted = new Set([...names].map(clusterText));
    const dropped = [...this.#gates].filter(([text, gate]) => !wanted.has(text) && !gate.trying);
    for (const [text] of dropped) this.#gates.delete(text);
    await Promise.all(dropped.map(([, gate]) => close(gate)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gates = [...this.#gates.values()];
    this.#gates.clear();
    await Promise.all(gates.map(close));
  }

  #gate(name: ClusterName): Gate {
    const text = clusterText(name);
    const gate = this.#gates.get(text) ?? {
      cluster: undefined,
      state: 'unknown',
      trying: false,
      error: '',
      tryAgainAtMs: 0,
    };
    this.#gates.set(text, gate);
    return gate;
  }

  async #open({ bootstrapServers, secret }: ClusterName): Promise<Cluster> {
    const cluster: KafkaCluster = {
      bootstrapServers,
      ...(secret === undefined ? {} : { security: await this.#security(secret) }),
    };
    const admin = await this.#clients.topics(cluster);
    return { admin, offsets: await this.#clients.offsets(cluster) };
  }

  async #security(secret: ResourceKey): Promise<KafkaSecurity> {
    if (this.#securityOf === undefined) {
      throw new ClusterUnavailable(
        'secret',
        `credentials from Secrets cannot be used here, ${secret.namespace}/${secret.name} is not read`,
      );
    }
    try {
      return await this.#securityOf(secret);
    } catch (error) {
      throw new ClusterUnavailable('secret', error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

function isConnectionTrouble(code: string): boolean {
  return code === 'KAFKA_UNREACHABLE' || code === 'KAFKA_TIMEOUT' || code === 'KAFKA_AUTHENTICATION';
}

function clusterText({ bootstrapServers, secret }: ClusterName): string {
  return secret === undefined ? bootstrapServers : `${bootstrapServers} ${secret.namespace}/${secret.name}`;
}

async function close(gate: Gate): Promise<void> {
  // What never opened has been reported to whoever wanted it.
  const cluster = await gate.cluster?.catch(() => undefined);
  await cluster?.admin[Symbol.asyncDispose]();
  await cluster?.offsets[Symbol.asyncDispose]();
}
