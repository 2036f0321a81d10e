import { setTimeout as delay } from 'node:timers/promises';
import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { KafkaClients, KafkaCluster, KafkaSecurity, OffsetStore, TopicAdmin } from '@eventing-kafka/kafka-client';
import type { ResourceKey } from '@eventing-kafka/resources';
import { unlessAborted } from '../queue/unless-aborted.ts';

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
  /** `busy`: nothing was found out, as somebody else is about it, or as everything stops. */
  readonly code: 'connect' | 'secret' | 'busy';

  constructor(code: ClusterUnavailable['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Cluster {
  readonly admin: TopicAdmin;
  readonly offsets: OffsetStore;
  readonly close: () => Promise<void>;
}

interface Gate {
  readonly name: ClusterName;
  cluster: Promise<Cluster> | undefined;
  state: 'unknown' | 'up' | 'down';
  /** Whether somebody is finding out. */
  trying: boolean;
  error: string;
  tryAgainAtMs: number;
}

/** How soon to look again when somebody else is finding out whether a cluster is there. */
export const busyAgainMs = 20;
/** How long the word of one failed try counts for everybody who wants the same cluster. */
const downMs = 200;
/** How long stopping waits for clients to close. What is still closing then is the concern of the driver, which does the same. */
const closeTimeoutMs = 250;

/**
 * Topics and offsets of any number of clusters. While it is not known whether a cluster is there, one caller finds out and the
 * others are sent away, so that a cluster that is away keeps at most one of the reconciler's hands busy.
 */
export class KafkaAccess implements AsyncDisposable {
  readonly #clients: KafkaClients;
  readonly #securityOf: SecurityOf | undefined;
  readonly #now: () => number;
  readonly #gates = new Map<string, Gate>();
  readonly #stop = new AbortController();

  constructor(clients: KafkaClients, securityOf: SecurityOf | undefined, now: () => number) {
    this.#clients = clients;
    this.#securityOf = securityOf;
    this.#now = now;
  }

  /**
   * Works with a cluster. Throws {@link ClusterUnavailable} when it cannot be reached, and at once when this is disposed,
   * whatever `work` throws otherwise.
   */
  async use<T>(name: ClusterName, work: (cluster: Cluster) => Promise<T>): Promise<T> {
    this.#stop.signal.throwIfAborted();
    const gate = this.#gate(name);
    if (gate.state === 'down' && this.#now() < gate.tryAgainAtMs) throw new ClusterUnavailable('connect', gate.error);
    const isTry = gate.state !== 'up';
    if (isTry) {
      if (gate.trying) throw new ClusterUnavailable('busy', `somebody is connecting to ${name.bootstrapServers}`);
      gate.trying = true;
    }
    try {
      const opening = (gate.cluster ??= this.#open(name));
      const cluster = await unlessAborted(opening, this.#stop.signal).catch((error: unknown) => {
        // The Secret may be mended by the next time.
        drop(gate, opening);
        throw error;
      });
      return await this.#work(gate, opening, () => work(cluster));
    } finally {
      if (isTry) gate.trying = false;
    }
  }

  async #work<T>(gate: Gate, opening: Promise<Cluster>, work: () => Promise<T>): Promise<T> {
    try {
      const result = await unlessAborted(work(), this.#stop.signal);
      gate.state = 'up';
      return result;
    } catch (error) {
      if (!isKafkaError(error)) throw error;
      if (error.code === 'KAFKA_CLOSED' && gate.cluster !== opening)
        throw new ClusterUnavailable('busy', `connecting anew to ${gate.name.bootstrapServers}`, { cause: error });
      if (!isConnectionTrouble(error.code)) {
        // It answered.
        gate.state = 'up';
        throw error;
      }
      gate.state = 'down';
      // Everybody who wants the cluster is told the same, and nothing of what others want of it.
      gate.error = error.detail ?? error.message;
      gate.tryAgainAtMs = this.#now() + downMs;
      // Clients keep the credentials they were opened with; the Secret may hold others by now.
      if (error.code === 'KAFKA_AUTHENTICATION' && drop(gate, opening)) await close(opening);
      throw new ClusterUnavailable('connect', gate.error, { cause: error });
    }
  }

  /** A Secret holds something else by now: what is open with it is closed, and opened anew by whoever needs it next. */
  async secretChanged({ namespace, name }: ResourceKey): Promise<void> {
    const openings = [...this.#gates.values()]
      .filter(({ name: { secret } }) => secret?.namespace === namespace && secret.name === name)
      .map((gate) => {
        const opening = gate.cluster;
        gate.cluster = undefined;
        gate.state = 'unknown';
        gate.tryAgainAtMs = 0;
        return opening;
      });
    await Promise.all(openings.map(close));
  }

  /** Closes what is open to clusters that are no longer named. */
  async retain(names: Iterable<ClusterName>): Promise<void> {
    const wanted = new Set([...names].map(clusterText));
    const dropped = [...this.#gates].filter(([text, gate]) => !wanted.has(text) && !gate.trying);
    for (const [text] of dropped) this.#gates.delete(text);
    await Promise.all(dropped.map(([, gate]) => close(gate.cluster)));
  }

  /** Ends what is under way, whether Kafka answers or not, and closes what is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new ClusterUnavailable('busy', 'the reconciler stops'));
    const gates = [...this.#gates.values()];
    this.#gates.clear();
    const late = new AbortController();
    const closing = Promise.allSettled(gates.map((gate) => close(gate.cluster)));
    await Promise.race([closing, delay(closeTimeoutMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
  }

  #gate(name: ClusterName): Gate {
    const text = clusterText(name);
    const gate = this.#gates.get(text) ?? {
      name,
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
    await using opened = new AsyncDisposableStack();
    const admin = opened.use(await this.#clients.topics(cluster));
    const offsets = opened.use(await this.#clients.offsets(cluster));
    const owned = opened.move();
    return { admin, offsets, close: () => owned.disposeAsync() };
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

/** Whether such an error says that there is no getting through to a cluster. */
export function isConnectionTrouble(code: string): boolean {
  return code === 'KAFKA_UNREACHABLE' || code === 'KAFKA_TIMEOUT' || code === 'KAFKA_AUTHENTICATION';
}

function clusterText({ bootstrapServers, secret }: ClusterName): string {
  return secret === undefined ? bootstrapServers : `${bootstrapServers} ${secret.namespace}/${secret.name}`;
}

/** Lets the next who wants the cluster open it anew. False: somebody did already. */
function drop(gate: Gate, opening: Promise<Cluster>): boolean {
  if (gate.cluster !== opening) return false;
  gate.cluster = undefined;
  return true;
}

async function close(opening: Promise<Cluster> | undefined): Promise<void> {
  // What never opened has been reported to whoever wanted it.
  const cluster = await opening?.catch(() => undefined);
  await cluster?.close();
}
