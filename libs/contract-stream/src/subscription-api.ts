import type { ApplyContract, EgressRuntimeState, RefusedPart, Revision } from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import type { Keepalive } from './limits.ts';
import type { StreamSecurity } from './security.ts';
import type { ProcessKind } from './server-api.ts';

/** Who subscribes. */
export interface ProcessIdentity {
  /** Unique among the processes of its kind; in Kubernetes the pod's name. A second stream with the same one replaces the first. */
  readonly nodeId: string;
  readonly kind: ProcessKind;
  /** Namespace of the data plane it belongs to: it serves the resources of that; empty: the shared data plane. */
  readonly namespace: string;
  /** Kinds of resources it serves, such as `Broker`; all when absent or empty. */
  readonly resourceKinds?: readonly string[];
}

export interface ContractSubscriptionOptions {
  /** The controller, as `host:port`. Looked up anew for every connection. */
  readonly target: string;
  readonly security: StreamSecurity;
  /**
   * Gives the token that proves who this process is; asked before each connection, because tokens are replaced. Only with mutual
   * TLS: it never travels in the clear.
   */
  readonly token?: () => Promise<string>;
  readonly identity: ProcessIdentity;
  /** Where to keep what is served, for a start without a controller; absent: nowhere. Its folder is made when missing. */
  readonly snapshotFile?: string;
  /** Takes updates into service; see `ApplyContract`. */
  readonly apply: ApplyContract;
  readonly logger: Logger;
  /** From 0 to below 1, for the jitter between connections. */
  readonly random?: () => number;
  /** How a dead controller is found out; 20 s and 10 s when absent. */
  readonly keepalive?: Keepalive;
}

/** A data-plane process's end of the push. Disposing waits for a running `apply` and writes the snapshot file. */
export interface ContractSubscription extends AsyncDisposable {
  /** What is served; absent: nothing yet. */
  readonly revision: Revision | undefined;
  /** Whether a controller listens to this process now. */
  readonly connected: boolean;
  /** What is not served as asked for. */
  readonly refusedParts: readonly RefusedPart[];
  /** Resolves when the first contract, from disk or from a controller, was applied; rejects when disposed before. */
  readonly firstApplied: Promise<void>;
  /** Tells the controller what egresses are doing. Newer states of an egress replace those not sent yet. Never blocks. */
  report(states: readonly EgressRuntimeState[]): void;
}
