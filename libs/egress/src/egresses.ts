import type { ApplyContract, EgressRuntimeState, Resource } from '@eventing-kafka/contract';
import type { KafkaClients, KafkaSecurity } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { Meter } from '@opentelemetry/api';
import type { EgressLimits } from './egress-limits.ts';

/** What {@link startEgresses} needs. */
export interface EgressesOptions {
  readonly kafka: KafkaClients;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Gets the state of every egress whose state changed, about once a second at most. */
  readonly onState?: (states: readonly EgressRuntimeState[]) => void;
  /** Milliseconds that disposing waits for deliveries under way; what is not finished then is delivered again. Default 1000. */
  readonly drainTimeoutMs?: number;
  /** Group of a topic's feed is this and the topic's name. Default `eventing-kafka-feed-`. */
  readonly feedGroupPrefix?: string;
  /** Credentials of a resource whose contract names a Secret; without it such a resource is refused. */
  readonly resolveSecurity?: (resource: Resource) => Promise<KafkaSecurity>;
  /** Defaults: `defaultEgressLimits`. */
  readonly limits?: Partial<EgressLimits>;
}

/** The egresses of a process. Disposing finishes what is under way, commits, and leaves the groups. */
export interface Egresses extends AsyncDisposable {
  /** Serves a contract; changes are made in place where the consumer group, topics and cluster stay. Not to be called again before it resolved. */
  readonly apply: ApplyContract;
}

/** Starts with no egress; the first contract brings them. */
export function startEgresses(_options: EgressesOptions): Promise<Egresses> {
  return Promise.reject(new Error('not built yet'));
}
