import type { ContractServer } from '@eventing-kafka/contract-stream';
import type { KafkaClients, KafkaSecurity } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type {
  DefaultBrokerConfig,
  PlanningOptions,
  ResourceKey,
  ResourceSource,
  ResourceStatus,
  ServedKind,
  SourceProblem,
} from '@eventing-kafka/resources';
import type { Transition } from './transition.ts';

/** What the reconciler works with. It disposes none of these. */
export interface ReconcilerOptions {
  readonly source: ResourceSource;
  readonly contractServer: ContractServer;
  readonly kafka: KafkaClients;
  readonly logger: Logger;
  readonly dataPlane: {
    /** Where receivers take events, `http://localhost:8080`; paths are appended to make addresses. */
    readonly ingressBaseUrl: string;
    /** Domain of Services. Default `cluster.local`. */
    readonly clusterDomain?: string;
  };
  /** For Brokers without `spec.config`. Absent: such Brokers are not Ready. */
  readonly defaultBrokerConfig?: DefaultBrokerConfig;
  /** Base URLs of Services that are not found by their name in the cluster, by `namespace/name`; `*` for any namespace. */
  readonly serviceUrls?: Readonly<Record<string, string>>;
  /** Names and defaults other than those of the specification. */
  readonly planning?: Partial<
    Omit<PlanningOptions, 'ingressBaseUrl' | 'clusterDomain' | 'serviceUrls' | 'defaultBrokerConfig'>
  >;
  /** Reads Kafka credentials in a Secret. Absent: what needs a Secret is not Ready. */
  readonly securityOf?: (secret: ResourceKey) => Promise<KafkaSecurity>;
  /**
   * Whether the topic of a removed Broker or KafkaSink that was made here, and the consumer group of a removed Trigger, are
   * deleted. Default false: events outlive a file that was moved or removed.
   */
  readonly deleteData?: boolean;
  /** How long data-plane processes may take to acknowledge a removal before it goes on without them, in milliseconds. Default 10,000. */
  readonly removalTimeoutMs?: number;
  /**
   * How long the first contract is held back for clusters that do not answer, in milliseconds, so that a restart while they are
   * away takes nothing out of service. Default 5,000.
   */
  readonly firstPublishTimeoutMs?: number;
  /** Objects worked on at once. Default 16. */
  readonly concurrency?: number;
  /** First and longest pause between tries for an object that cannot be brought about, in milliseconds. Default 250 and 10,000. */
  readonly retryMs?: { readonly min: number; readonly max: number };
  readonly onTransition?: (transition: Transition) => void;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** From 0 to below 1, for jitter. Default `Math.random`. */
  readonly random?: () => number;
}

/** An object with its status, as in `kubectl get -o json`. */
export interface ResourceReport {
  readonly apiVersion: string;
  readonly kind: ServedKind;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
  };
  readonly status: ResourceStatus;
}

/** Everything known now; plain JSON. */
export interface ReconcilerStatus {
  /** Sorted by kind, namespace and name. */
  readonly resources: readonly ResourceReport[];
  readonly problems: readonly SourceProblem[];
  /** Data-plane processes that are connected. */
  readonly processes: readonly { readonly nodeId: string; readonly kind: string; readonly acknowledged?: string }[];
}

/** Brings Kafka and the data plane to what the source says, until disposed. */
export interface Reconciler extends AsyncDisposable {
  status(): ReconcilerStatus;
}
