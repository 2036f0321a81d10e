import {
  compareRevisions,
  diffContracts,
  type ContractDelta,
  type ContractState,
  type EgressRuntimeState,
  type RefusedPart,
  type Revision,
} from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import {
  SubscribeResponse,
  type Acknowledgement,
  type StateReport,
  type SubscribeRequest,
} from '../generated/eventing_kafka/push/v1/push.ts';
import { limits } from '../limits.ts';
import type { ConnectedProcess, ProcessKind } from '../server-api.ts';
import { Wakeup } from '../wakeup.ts';
import { fromWireEgressState, fromWireRefusedPart, toWireDelta } from '../wire.ts';
import { writeMessage } from '../write-message.ts';
import type { ContractViews } from './contract-views.ts';
import type { DataPlaneScope } from '../data-plane-scope.ts';
import type { PublishedContract } from './published-contract.ts';
import type { StreamingProcess } from './roster.ts';
import type { ProcessAnswers } from './serving-status.ts';
import type { EncodedSizes } from './snapshot-parts.ts';
import { snapshotParts } from './snapshot-parts.ts';

/** A stream as the server sees it. */
export type PushStream = ServerDuplexStream<SubscribeRequest, SubscribeResponse>;

/** A contract as one process sees it. */
interface Pushed {
  readonly revision: Revision;
  readonly view: ContractState;
}

export interface SessionOptions {
  readonly stream: PushStream;
  readonly identity: DataPlaneScope & { readonly nodeId: string };
  /** Whether it came with something to serve. */
  readonly cameWithContract: boolean;
  /** Of its certificate; absent without TLS. */
  readonly spiffeId: string | undefined;
  /** What an earlier stream of the process refused: it stands until this one answers. */
  readonly earlierRefusal: ProcessAnswers['refusedPush'];
  readonly published: PublishedContract;
  readonly views: ContractViews;
  readonly sizes: EncodedSizes;
  readonly logger: Logger;
  /** Called when an answer or a report came in. */
  readonly changed: () => void;
  /** Ends a stream whose process does not keep to the protocol. */
  readonly end: (why: string) => void;
  /** Aborted when the stream is over. */
  readonly closed: AbortSignal;
}

/**
 * One process's stream: pushes what is published to it and keeps its answers.
 *
 * ```
 *  idle ──(published is newer)──▶ push: snapshot, or delta to the acknowledged one ──▶ in flight
 *   ▲                                                                                     │
 *   └──────────────(acknowledged: base of the next delta; refused: snapshot next)─────────┘
 * ```
 *
 * Nothing queues: whatever is published while a push is in flight is in the next one.
 */
export class ProcessSession implements StreamingProcess {
  readonly nodeId: string;
  readonly kind: ProcessKind;
  readonly namespace: string;
  readonly resourceKinds: readonly string[];
  readonly cameWithContract: boolean;
  readonly #options: SessionOptions;
  readonly #logger: Logger;
  readonly #wakeup = new Wakeup();
  #inFlight: Pushed | undefined;
  #acknowledged: Pushed | undefined;
  #refusedPush: ProcessAnswers['refusedPush'];
  #refusedParts: ReadonlyMap<string, readonly RefusedPart[]> = new Map();
  #incomingRefusals: RefusedPart[] = [];
  readonly #egressStates = new Map<string, Map<string, EgressRuntimeState>>();

  constructor(options: SessionOptions) {
    this.#options = options;
    const { nodeId, kind, namespace, resourceKinds } = options.identity;
    this.nodeId = nodeId;
    this.kind = kind;
    this.namespace = namespace;
    this.resourceKinds = resourceKinds;
    this.cameWithContract = options.cameWithContract;
    this.#logger = options.logger.child({
      nodeId: this.nodeId,
      kind: this.kind,
      peer: options.stream.getPeer(),
      spiffeId: options.spiffeId,
    });
  }

  get acknowledged(): Revision | undefined {
    return this.#acknowledged?.revision;
  }

  get refusedPush(): ProcessAnswers['refusedPush'] {
    return this.#refusedPush ?? (this.#acknowledged === undefined ? this.#options.earlierRefusal : undefined);
  }

  refusedPartsOf(resourceUid: string): readonly RefusedPart[] {
    return this.#refusedParts.get(resourceUid) ?? [];
  }

  describe(): ConnectedProcess {
    return {
      nodeId: this.nodeId,
      kind: this.kind,
      namespace: this.namespace,
      resourceKinds: this.resourceKinds,
      acknowledged: this.acknowledged,
      refusedParts: [...this.#refusedParts.values()].flat(),
      egressStates: [...this.#egressStates.values()].flatMap((states) => [...states.values()]),
    };
  }

  /** There is something newer to push. */
  wake(): void {
    this.#wakeup.notify();
  }

  /** Pushes until the stream is over. */
  async run(): Promise<void> {
    const { closed, published } = this.#options;
    while (!closed.aborted) {
      const current = published.current;
      const last = this.#refusedPush?.revision ?? this.acknowledged;
      const isNews = current !== undefined && (last === undefined || compareRevisions(current.revision, last) !== 0);
      if (isNews && this.#inFlight === undefined) await this.#push(current.revision, current.state);
      else await this.#wakeup.wait(closed);
    }
  }

  async #push(revision: Revision, state: ContractState): Promise<void> {
    const { stream, views, sizes, closed } = this.#options;
    const pushed = { revision, view: views.of(state, this) };
    // Set before the first byte leaves, because the answer may be back before the write is done.
    this.#inFlight = pushed;
    const message = this.#deltaMessage(pushed);
    if (message !== undefined) {
      await writeMessage(stream, message, closed);
      return;
    }
    const { resources } = pushed.view;
    const all = list([...resources.keys().take(loggedUids + 1)], resources.size);
    this.#logger.info('contract snapshot pushed', { ...logged(revision), resources: resources.size, uids: all });
    for (const snapshot of snapshotParts(pushed.view, limits.snapshotPartBytes, sizes)) {
      const written = await writeMessage(stream, { revision, push: { $case: 'snapshot', value: snapshot } }, closed);
      if (!written) return;
    }
  }

  /** Absent when the process has nothing to build on, or when the difference is so large that a snapshot in parts is better. */
  #deltaMessage(pushed: Pushed): SubscribeResponse | undefined {
    const base = this.#acknowledged;
    if (base === undefined || this.#refusedPush !== undefined) return undefined;
    const delta = diffContracts(base.view, pushed.view);
    const push = { $case: 'delta' as const, value: toWireDelta(delta, base.revision) };
    const message: SubscribeResponse = { revision: pushed.revision, push };
    const bytes = SubscribeResponse.encode(message).finish().length;
    if (bytes > limits.maxDeltaBytes) return undefined;
    const fields = { ...logged(pushed.revision), bytes, ...changedUids(delta, base.view) };
    this.#logger[isEmptyDelta(delta) ? 'debug' : 'info']('contract delta pushed', fields);
    return message;
  }

  acknowledge(answer: Acknowledgement): void {
    const { revision, refusal } = answer;
    const pushed = this.#answered(revision);
    if (pushed === undefined) {
      // An answer to an older push than the last: what it says was overtaken, and taking it for the newer one would count parts
      // as served that the process has not seen yet.
      this.#logger.debug('answer to an older push ignored', revision === undefined ? {} : logged(revision));
      return;
    }
    this.#incomingRefusals.push(...answer.refusedParts.map(fromWireRefusedPart));
    if (
      this.#incomingRefusals.length > limits.refusedPartsPerMessage &&
      this.#incomingRefusals.length > mostRefusals(pushed.view)
    ) {
      // Dropping some would make them count as served.
      this.#options.end('more parts refused than there are');
      return;
    }
    if (answer.moreFollows) return;
    const refusedParts = this.#incomingRefusals;
    this.#incomingRefusals = [];
    if (this.#inFlight === pushed) this.#inFlight = undefined;
    if (refusal !== undefined) {
      this.#refusedPush = { revision: pushed.revision, reason: refusal.reason, message: refusal.message };
      this.#logger.warn('contract push refused', {
        ...logged(pushed.revision),
        reason: refusal.reason,
        why: refusal.message,
      });
    } else {
      this.#refusedPush = undefined;
      this.#acknowledged = pushed;
      this.#refusedParts = Map.groupBy(refusedParts, (part) => part.resourceUid);
      this.#forgetStatesNotIn(pushed.view);
      if (refusedParts.length > 0)
        this.#logger.warn('parts of the contract refused', { ...logged(pushed.revision), parts: refusedParts.length });
    }
    this.#wakeup.notify();
    this.#options.changed();
  }

  /** The push an answer is for: the one in flight, or once more the last one answered. */
  #answered(revision: Revision | undefined): Pushed | undefined {
    if (revision === undefined) return undefined;
    return [this.#inFlight, this.#acknowledged].find(
      (pushed) => pushed !== undefined && compareRevisions(pushed.revision, revision) === 0,
    );
  }

  report({ egresses }: StateReport): void {
    const view = (this.#inFlight ?? this.#acknowledged)?.view;
    for (const wireState of egresses.slice(0, limits.statesPerReport)) {
      const state = fromWireEgressState(wireState);
      if (state === undefined || view?.resources.has(state.resourceUid) !== true) continue;
      const states = this.#egressStates.get(state.resourceUid) ?? new Map<string, EgressRuntimeState>();
      this.#egressStates.set(state.resourceUid, states);
      states.set(state.egressUid, state);
    }
    this.#options.changed();
  }

  #forgetStatesNotIn(view: ContractState): void {
    for (const [resourceUid, states] of this.#egressStates) {
      const uids = new Set(view.resources.get(resourceUid)?.egresses.map(({ uid }) => uid));
      for (const egressUid of states.keys()) if (!uids.has(egressUid)) states.delete(egressUid);
      if (states.size === 0) this.#egressStates.delete(resourceUid);
    }
  }
}

function logged({ epoch, generation }: Revision): { epoch: bigint; generation: bigint } {
  return { epoch, generation };
}

/** No honest process refuses more than every part, and what it could not let go of. */
function mostRefusals(view: ContractState): number {
  let parts = 100_000;
  for (const resource of view.resources.values()) parts += 1 + resource.egresses.length;
  return parts;
}

const loggedUids = 20;

/** The beginning of a long list, and how much more there is. */
function list(uids: readonly string[], count = uids.length): readonly string[] {
  return count <= loggedUids ? uids : [...uids.slice(0, loggedUids), `and ${count - loggedUids} more`];
}

/** Only the revision moves on: what changed is for other processes. */
function isEmptyDelta({ changes, removedResourceUids, trustBundles }: ContractDelta): boolean {
  return changes.length === 0 && removedResourceUids.length === 0 && trustBundles === undefined;
}

/** Who was touched, for the audit log (security.md 6.2); of long lists the beginning and the length. */
function changedUids(delta: ContractDelta, base: ContractState): Record<string, unknown> {
  const uids = delta.changes.map(({ uid }) => uid);
  return {
    added: list(uids.filter((uid) => !base.resources.has(uid))),
    changed: list(uids.filter((uid) => base.resources.has(uid))),
    removed: list(delta.removedResourceUids),
  };
}
