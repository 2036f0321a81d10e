import type { ContractState, EgressRuntimeState, RefusedPart, Resource, Revision } from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import type { Keepalive } from './limits.ts';
import type { StreamSecurity } from './security.ts';

/** Which half of the data plane a process is. */
export type ProcessKind = 'receiver' | 'dispatcher';

/** What a process says when it comes, to be proved by a token. */
export interface ProcessClaim {
  readonly nodeId: string;
  readonly kind: ProcessKind;
  readonly namespace: string;
  /** Of its certificate, which was found to be allowed. */
  readonly spiffeId: string;
  /** What it sent as `authorization: Bearer …`; a process that sent nothing is turned away. */
  readonly token: string;
}

/** What a token proves of whoever has it. */
export type ProcessProof =
  | {
      readonly kind: 'proved';
      /** The node id it may use: the Pod that the token is bound to. */
      readonly nodeId: string;
      /** Namespace and service account of the Pod; must be those of its certificate. */
      readonly namespace: string;
      readonly account: string;
    }
  | {
      /** The process is turned away; it tries again rarely. */
      readonly kind: 'refused';
      readonly reason: string;
      /** For a person; told to the process. */
      readonly message: string;
    };

/**
 * Has a token reviewed. A rejection means that nobody knows (the API server is away): the process tries again soon. At most
 * 16 run at a time, and `signal` aborts after 5 s, or when the process left.
 */
export type AuthenticateProcess = (claim: ProcessClaim, signal: AbortSignal) => Promise<ProcessProof>;

export interface ContractServerOptions {
  /** Address to listen at, such as `127.0.0.1` or `0.0.0.0`. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Term of this controller; must be greater than that of every controller before it, or processes refuse its pushes. */
  readonly epoch: bigint;
  /**
   * Whether the epoch is raised when a process says that it was served by a controller ahead of this one, as after a clock was set
   * back. Only for a controller that is the only one: where a leader is elected, it would let one that lost its lead take it back.
   * False when absent.
   */
  readonly mayRaiseEpoch?: boolean;
  readonly security: StreamSecurity;
  /** Finds out whether a process is the one it says it is; only with mutual TLS. Absent: its certificate is enough. */
  readonly authenticate?: AuthenticateProcess;
  readonly logger: Logger;
  /** How a dead process is found out; 20 s and 10 s when absent. */
  readonly keepalive?: Keepalive;
}

/** A process that should be connected, such as a Pod of a workload of the data plane. */
export interface ExpectedProcess {
  /** What it says as its node id: the Pod's name. */
  readonly nodeId: string;
  readonly kind: ProcessKind;
  /** Namespace of the data plane it belongs to; empty: the shared data plane. */
  readonly namespace: string;
  /** Kinds of resources it serves; none: all. */
  readonly resourceKinds: readonly string[];
  /** Whether it is given work: a Pod's condition `Ready`. */
  readonly ready: boolean;
}

/** A data-plane process with an open stream. */
export interface ConnectedProcess {
  readonly nodeId: string;
  readonly kind: ProcessKind;
  /** Namespace of the data plane it belongs to; empty: the shared data plane. */
  readonly namespace: string;
  /** Kinds of resources it serves; none: all. */
  readonly resourceKinds: readonly string[];
  /** The last revision it answered for; absent: none of this controller's yet. */
  readonly acknowledged: Revision | undefined;
  /** What it does not serve as asked for. */
  readonly refusedParts: readonly RefusedPart[];
  /** What it last reported of its egresses; those no longer in the contract are left out. */
  readonly egressStates: readonly EgressRuntimeState[];
}

/** A process that others wait for, and what it has not done yet. */
export interface PendingProcess {
  readonly nodeId: string;
  readonly why: 'not-connected' | 'not-acknowledged';
}

/** Whether a part of the contract is served by every process that it concerns; see `expectProcesses`. */
export type ServingStatus =
  | {
      /** Each acknowledged a revision not older than the one in which the part last changed, and none refuses it. */
      readonly kind: 'serving';
      readonly processes: number;
    }
  | { readonly kind: 'no-process' }
  | {
      readonly kind: 'pending';
      readonly nodeIds: readonly string[];
      /** The same processes, with what each has not done yet. */
      readonly waiting: readonly PendingProcess[];
    }
  | {
      /** Also by processes that refused the first push as a whole (`OldEpoch`) and are about to come back. */
      readonly kind: 'refused';
      readonly refusals: readonly { readonly nodeId: string; readonly reason: string; readonly message: string }[];
    };

/** A controller's end of the push. Disposing ends the streams so that the processes look for another controller. */
export interface ContractServer extends AsyncDisposable {
  /** The port it listens at. */
  readonly port: number;
  /** What was published last; absent: nothing yet. */
  readonly revision: Revision | undefined;

  /**
   * Makes `contract` what every process should serve, and returns at once. When it equals the last one nothing is pushed and the
   * revision stays the same. Before the first call processes are kept waiting, so that a controller which is still finding out
   * what there is takes nothing out of service.
   *
   * What was given is never changed afterwards, by anybody: a resource that is the same object as in the contract before is not
   * looked into, so that a small change of a large contract costs little.
   *
   * @throws ContractStreamError `CONTRACT_STREAM_INVALID_CONTRACT`; then nothing was pushed
   */
  publish(contract: ContractState): Revision;

  /** Who is connected, in the order of arrival. */
  processes(): readonly ConnectedProcess[];

  /**
   * Says who should be connected. From then on a part is `serving` when every expected process that is ready, and every connected
   * one that may serve, has acknowledged it; a ready process without a stream is pending. Not waited for is a process that is
   * expected, not ready and has nothing to serve yet: it becomes ready by its first contract, which is the present one.
   *
   * @param expected undefined: whoever is connected, as at the start
   */
  expectProcesses(expected: readonly ExpectedProcess[] | undefined): void;

  /** Expected, ready or not, but without a stream. */
  absent(): readonly ExpectedProcess[];

  /**
   * How far a part of the contract is in service: the resource's own part (ingress, topics, credentials), or one egress of it.
   * A part that is not in the contract is pending at every process.
   */
  servingStatus(kind: ProcessKind, resourceUid: string, egressUid?: string): ServingStatus;

  /**
   * Node ids of processes that have not yet answered for `revision` or a later one: who may still serve what it removed. These are
   * connected ones, and expected ones that are ready but have no stream.
   *
   * @param concerning only processes that serve such a resource; every one of the kind when absent
   */
  waitingFor(
    kind: ProcessKind,
    revision: Revision,
    concerning?: Pick<Resource, 'dataPlaneNamespace' | 'reference'>,
  ): readonly string[];

  /**
   * Yields once at the start and then whenever processes, expected ones, acknowledgements or reports changed; changes while the caller is busy
   * make one. Ends when `signal` aborts or the server is disposed.
   */
  changes(signal: AbortSignal): AsyncIterable<void>;
}
