import type { EgressRuntimeState } from '@eventing-kafka/contract';
import type { ContractServer, ExpectedProcess } from '@eventing-kafka/contract-stream';
import type { KafkaClients, KafkaSecurity } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { Meter } from '@opentelemetry/api';
import type {
  DataPlaneAccount,
  DefaultBrokerConfig,
  PlanningOptions,
  ResourceKey,
  ResourceSource,
  ResourceStatus,
  ServedKind,
  SourceProblem,
} from '@eventing-kafka/resources';
import type { DataPlaneIdentities } from './cluster/namespaced-data-planes.ts';
import type { Transition } from './status/transition.ts';

/** Who should be connected, such as the Pods of the data plane. */
export interface Roster {
  /** Those that should be there now. */
  expected(): readonly ExpectedProcess[];
  /** Yields whenever {@link expected} may be another. Ends when the signal aborts. */
  changes(signal: AbortSignal): AsyncIterable<unknown>;
}

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
    Omit<PlanningOptions, 'ingressBaseUrl' | 'clusterDomain' | 'serviceUrls' | 'defaultBrokerConfig' | 'features'>
  >;
  /** Reads Kafka credentials in a Secret. Absent: what needs a Secret is not Ready. */
  readonly securityOf?: (secret: ResourceKey) => Promise<KafkaSecurity>;
  /** Who should be connected: objects are Ready when all of these that are ready serve them. Absent: those who are connected count. */
  readonly roster?: Roster;
  /**
   * The accounts of the data plane that a Secret is opened to, where the source can write to a cluster; an empty namespace is that of the
   * shared data plane. Default: `kafka-receiver` and `kafka-dispatcher` there, or in the system namespace.
   */
  readonly dataPlaneAccounts?: (dataPlaneNamespace: string) => readonly DataPlaneAccount[];
  /**
   * The account of the dispatchers of a data plane, which may ask for tokens of Triggers' accounts; an empty namespace is that of the shared
   * data plane. Default: `kafka-dispatcher` there, or in the system namespace.
   */
  readonly dispatcherAccount?: (dataPlaneNamespace: string) => DataPlaneAccount;
  /** What data planes of namespaces prove with who they are. Absent: nothing that has to be brought about. */
  readonly dataPlaneIdentities?: DataPlaneIdentities;
  /**
   * Whether the topic of a removed Broker or KafkaSink that was made here, and the consumer group of a removed Trigger, are
   * deleted. Default: if the source can write to a cluster, where deletion is asked for in so many words; events outlive a file that was
   * moved or removed.
   */
  readonly deleteData?: boolean;
  /** How long data-plane processes may take to acknowledge a removal before it goes on without them, in milliseconds. Default 10,000. */
  readonly removalTimeoutMs?: number;
  /**
   * How long the first contract is held back for clusters that do not answer, in milliseconds, so that a restart while they are
   * away takes nothing out of service; counted anew whenever something became known. Default 5,000.
   */
  readonly firstPublishTimeoutMs?: number;
  /** Between tries to delete the data of a removed object, of which there are five, in milliseconds. Default 5,000. */
  readonly deletionRetryMs?: number;
  /**
   * How long it is tried to let go of the Secrets and the data plane of a removed object before it goes without, in milliseconds.
   * Default 120,000.
   */
  readonly releaseTimeoutMs?: number;
  /**
   * How long, after the first contract, what an earlier controller said of objects stands while processes of the roster have not come back,
   * in milliseconds. Those that are back and have not answered yet have six times as long. Default 5,000.
   */
  readonly graceMs?: number;
  /** How often topics are looked after, with one request for each cluster, in milliseconds. Default 30,000. */
  readonly topicCheckMs?: number;
  /** How often what data planes of namespaces are copied from is looked at, in milliseconds. Default 30,000. */
  readonly templateCheckMs?: number;
  /** For the reconciler's own metrics; absent: none are kept. */
  readonly meter?: Meter;
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

/** A data-plane process that is connected, or should be. */
export interface ProcessReport {
  readonly nodeId: string;
  readonly kind: string;
  /** Of its data plane; empty: the shared one. */
  readonly namespace: string;
  readonly connected: boolean;
  /** Whether it is in the roster; absent: there is none. */
  readonly expected?: boolean;
  /** Whether the roster says that it is given work; absent: there is none. */
  readonly ready?: boolean;
  /** Epoch and generation of the contract it answered for last; absent: none of this controller's. */
  readonly acknowledged?: string;
  /** Generations between that one and the present one. */
  readonly lag?: number;
  /** What it does not serve as asked for. */
  readonly refusals: readonly {
    /** Whose part it is, `Trigger default/orders`; absent: of an object that is not there any more. */
    readonly object?: string;
    readonly resourceUid: string;
    readonly egressUid?: string;
    readonly reason: string;
    readonly message: string;
  }[];
  /** Egresses that it holds back or that make no progress, as it reported them last; the others are at work. */
  readonly troubles: readonly EgressTrouble[];
}

/** An egress that does not deliver as it should, by its process's word. */
export interface EgressTrouble {
  /** Whose egress it is, `Trigger default/orders`; absent: of an object that is not there any more. */
  readonly object?: string;
  readonly egressUid: string;
  /** `paused`: for the sake of the subscriber; `blocked`: by Kafka or another owner of the group. */
  readonly phase: EgressRuntimeState['phase'];
  readonly breaker?: EgressRuntimeState['breaker'];
  /** Events between the committed position and the end of its partitions. */
  readonly lag?: number;
  /** What went wrong last. */
  readonly error?: string;
  readonly stalledPartitions?: readonly number[];
}

/** Everything known now; plain JSON. */
export interface ReconcilerStatus {
  /** Sorted by kind, namespace and name. */
  readonly resources: readonly ResourceReport[];
  readonly problems: readonly SourceProblem[];
  /** What was published last, with the epoch of the leader; absent: nothing yet. */
  readonly contract?: { readonly epoch: string; readonly generation: number };
  /** Data-plane processes that are connected, then those that should be and are not. */
  readonly processes: readonly ProcessReport[];
}

/** Brings Kafka and the data plane to what the source says, until disposed. */
export interface Reconciler extends AsyncDisposable {
  status(): ReconcilerStatus;
}
