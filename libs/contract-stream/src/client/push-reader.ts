import {
  applyDelta,
  compareRevisions,
  diffContracts,
  emptyContractState,
  isContractError,
  type ContractState,
  type ContractUpdateParts,
  type Revision,
} from '@eventing-kafka/contract';
import type { Delta, Refusal, Snapshot, SubscribeResponse } from '../generated/eventing_kafka/push/v1/push.ts';
import { fromWireDelta } from '../wire.ts';
import { SnapshotAssembler } from './snapshot-assembler.ts';

/** A contract at its place in history. */
export interface HeldContract {
  readonly revision: Revision;
  readonly state: ContractState;
}

/** What to do about a message from the controller. */
export type ReadPush =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'update'; readonly revision: Revision; readonly update: ContractUpdateParts }
  | { readonly kind: 'refused'; readonly revision: Revision; readonly refusal: Refusal };

const noRevision: Revision = { epoch: 0n, generation: 0n };

/** Decides about the pushes of one stream: what they come to, or why they are refused. Holds nothing but an unfinished snapshot. */
export class PushReader {
  #snapshot: { readonly revision: Revision; readonly parts: SnapshotAssembler } | undefined;
  #isFirst = true;

  /** @param held what the process has: never changed here, and what deltas build on */
  read({ revision = noRevision, push }: SubscribeResponse, held: HeldContract | undefined): ReadPush {
    const refusal = this.#revisionRefusal(revision, held, push?.$case === 'snapshot');
    if (refusal !== undefined) return { kind: 'refused', revision, refusal };
    switch (push?.$case) {
      case 'snapshot':
        return this.#readSnapshot(revision, push.value, held);
      case 'delta':
        return this.#readDelta(revision, push.value, held);
      case undefined:
        return refused(
          revision,
          'UnknownPush',
          'The push is neither a snapshot nor a delta; is the controller newer than this process?',
        );
    }
  }

  #revisionRefusal(revision: Revision, held: HeldContract | undefined, isSnapshot: boolean): Refusal | undefined {
    if (held === undefined) return undefined;
    const has = `this process has generation ${held.revision.generation} of epoch ${held.revision.epoch}`;
    if (revision.epoch < held.revision.epoch) {
      return {
        reason: 'OldEpoch',
        message: `The push is of epoch ${revision.epoch}, but ${has}; a controller must start with a greater epoch than those before it`,
      };
    }
    const order = compareRevisions(revision, held.revision);
    // The first snapshot of a stream brings a process that reconnects up to where it is already.
    if (order > 0 || (order === 0 && this.#isFirst && isSnapshot)) return undefined;
    return {
      reason: 'OldGeneration',
      message: `The push is generation ${revision.generation} of epoch ${revision.epoch}, but ${has}`,
    };
  }

  #readSnapshot(revision: Revision, snapshot: Snapshot, held: HeldContract | undefined): ReadPush {
    const state = held?.state ?? emptyContractState;
    this.#snapshot ??= { revision, parts: new SnapshotAssembler(state) };
    if (compareRevisions(this.#snapshot.revision, revision) !== 0) {
      return refused(
        revision,
        'MixedSnapshot',
        `The part belongs to another snapshot than that of generation ${this.#snapshot.revision.generation}, which is not complete`,
      );
    }
    this.#snapshot.parts.add(snapshot);
    if (snapshot.moreFollows) return { kind: 'incomplete' };
    const next = this.#snapshot.parts.finish();
    this.#snapshot = undefined;
    this.#isFirst = false;
    return { kind: 'update', revision, update: applyDelta(state, diffContracts(state, next)) };
  }

  #readDelta(revision: Revision, delta: Delta, held: HeldContract | undefined): ReadPush {
    if (this.#snapshot !== undefined)
      return refused(revision, 'MixedSnapshot', 'A delta came before the snapshot was complete');
    const { base } = delta;
    if (held === undefined || base === undefined || compareRevisions(base, held.revision) !== 0) {
      const on = base === undefined ? 'nothing' : `generation ${base.generation} of epoch ${base.epoch}`;
      return refused(revision, 'UnknownBase', `The delta builds on ${on}, which this process does not have`);
    }
    this.#isFirst = false;
    try {
      return { kind: 'update', revision, update: applyDelta(held.state, fromWireDelta(delta)) };
    } catch (error) {
      if (!isContractError(error)) throw error;
      return refused(revision, 'InvalidDelta', error.message);
    }
  }
}

function refused(revision: Revision, reason: string, message: string): ReadPush {
  return { kind: 'refused', revision, refusal: { reason, message } };
}
