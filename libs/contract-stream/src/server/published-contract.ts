import {
  Egress,
  Resource,
  applyDelta,
  diffContracts,
  emptyContractState,
  isEmptyDelta,
  resourceProblems,
  trustBundleProblems,
  type ContractDelta,
  type ContractProblem,
  type ContractState,
  type Revision,
} from '@eventing-kafka/contract';
import { ClaimIndex } from './claim-index.ts';
import { ContractStreamError } from '../errors.ts';
import { limits } from '../limits.ts';

/** A contract at its place in history. */
export interface RevisedContract {
  readonly revision: Revision;
  readonly state: ContractState;
}

/** In which revision a resource's own part, and each of its egresses, last changed. */
interface ChangeRevisions {
  own: Revision;
  readonly egresses: Map<string, Revision>;
}

const shownProblems = 5;

/** What the controller wants served, and when each part of it last changed. */
export class PublishedContract {
  #epoch: bigint;
  readonly #changes = new Map<string, ChangeRevisions>();
  readonly #claims = new ClaimIndex();
  /** The last contract as it was given: equal to the current one, but made of the caller's objects, which the next shares. */
  #given = emptyContractState;
  #current: RevisedContract | undefined;

  constructor(epoch: bigint) {
    this.#epoch = epoch;
  }

  get epoch(): bigint {
    return this.#epoch;
  }

  /**
   * Gives the current contract, and those to come, the revision of another epoch. In which revision a part last changed stays as it
   * was: who serves it serves it still.
   *
   * @param epoch greater than the one before
   */
  raiseEpoch(epoch: bigint): void {
    this.#epoch = epoch;
    if (this.#current === undefined) return;
    const { revision, state } = this.#current;
    this.#current = { revision: { epoch, generation: revision.generation }, state };
  }

  get current(): RevisedContract | undefined {
    return this.#current;
  }

  /**
   * Takes `contract` as the newest, if it differs from the last. Parts equal to the last contract's become its objects, so that
   * comparing any two states kept here costs what changed.
   *
   * @throws ContractStreamError `CONTRACT_STREAM_INVALID_CONTRACT`; then nothing changed
   */
  publish(contract: ContractState): RevisedContract {
    const before = this.#current?.state ?? emptyContractState;
    const delta = diffContracts(this.#given, contract);
    if (this.#current !== undefined && isEmptyDelta(delta)) {
      this.#given = contract;
      return this.#current;
    }
    const claims = this.#claims.check(delta, before, contract);
    const problems = [...problemsOf(contract, delta), ...claims.problems];
    if (problems.length > 0) throw invalidContract(problems);
    const { resources, trustBundles } = applyDelta(before, delta);
    const revision = { epoch: this.#epoch, generation: (this.#current?.revision.generation ?? 0n) + 1n };
    this.#given = contract;
    this.#claims.accept(claims);
    this.#note(delta, revision);
    this.#current = { revision, state: { resources, trustBundles } };
    return this.#current;
  }

  /** The revision in which a resource's own part, or one of its egresses, last changed; absent when it is not in the contract. */
  changedIn(resourceUid: string, egressUid: string | undefined): Revision | undefined {
    const changes = this.#changes.get(resourceUid);
    return egressUid === undefined ? changes?.own : changes?.egresses.get(egressUid);
  }

  #note(delta: ContractDelta, revision: Revision): void {
    for (const uid of delta.removedResourceUids) this.#changes.delete(uid);
    for (const { uid, resource, upsertedEgresses, removedEgressUids } of delta.changes) {
      const changes = this.#changes.get(uid) ?? { own: revision, egresses: new Map<string, Revision>() };
      this.#changes.set(uid, changes);
      if (resource !== undefined) changes.own = revision;
      for (const egress of upsertedEgresses) changes.egresses.set(egress.uid, revision);
      for (const egressUid of removedEgressUids) changes.egresses.delete(egressUid);
    }
  }
}

/** Looks into what changed; the rest was looked into when it was published. */
function* problemsOf(contract: ContractState, delta: ContractDelta): Iterable<ContractProblem> {
  for (const change of delta.changes) {
    const path = `resources[${change.uid}]`;
    const resource = contract.resources.get(change.uid);
    if (resource === undefined) continue;
    if (resource.uid !== change.uid) yield { path, message: `has the uid ${resource.uid}, but is kept under another` };
    yield* changedProblems(resource, change.upsertedEgresses, path);
    if (change.resource !== undefined) yield* sizeProblems(Resource.encode(change.resource).finish().length, path);
    for (const egress of change.upsertedEgresses) {
      yield* sizeProblems(Egress.encode(egress).finish().length, `${path}.egresses[${egress.uid}]`);
    }
  }
  if (delta.trustBundles === undefined) return;
  yield* trustBundleProblems(contract.trustBundles);
  for (const [index, pem] of contract.trustBundles.entries()) yield* sizeProblems(pem.length, `trustBundles[${index}]`);
}

/**
 * Everything wrong within a resource of which these egresses are new: the others were looked into when they came, and a Broker may
 * have thousands.
 */
function changedProblems(resource: Resource, upserted: readonly Egress[], path: string): readonly ContractProblem[] {
  const uids = new Set(resource.egresses.map(({ uid }) => uid));
  const news = uids.size === resource.egresses.length ? { ...resource, egresses: [...upserted] } : resource;
  // Looked at as a whole, the problems name the places that their egresses have.
  return resourceProblems(news).length === 0 ? [] : resourceProblems(resource, path);
}

function* sizeProblems(bytes: number, path: string): Iterable<ContractProblem> {
  if (bytes > limits.maxPieceBytes)
    yield { path, message: `takes ${bytes} bytes; expected at most ${limits.maxPieceBytes}` };
}

function invalidContract(problems: readonly ContractProblem[]): ContractStreamError {
  const shown = problems.slice(0, shownProblems).map(({ path, message }) => `${path} ${message}`);
  const more = problems.length > shownProblems ? `; and ${problems.length - shownProblems} more` : '';
  return new ContractStreamError(
    'CONTRACT_STREAM_INVALID_CONTRACT',
    `The contract was not published, what was served goes on: ${shown.join('; ')}${more}. Leave out what resourceProblems() finds fault with`,
  );
}
