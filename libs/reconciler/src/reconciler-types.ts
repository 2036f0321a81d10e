import type { ContractServer } from '@eventing-kafka/contract-stream';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { ResourceSource, ResourceStatus, ServedKind, SourceProblem } from '@eventing-kafka/resources';
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
  readonly defaultBrokerConfig?: {
    readonly bootstrapServers: string;
    readonly partitions: number;
    readonly replicationFactor: number;
  };
  readonly onTransition?: (transition: Transition) => void;
}

/** An object with its status, as in `kubectl get -o json`. */
export interface ResourceReport {
  readonly apiVersion: string;
  readonly kind: ServedKind;
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string; readonly generation: number };
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
