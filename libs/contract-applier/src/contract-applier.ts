import {
  admitResource,
  emptyContractState,
  type ApplyContract,
  type ContractState,
  type ContractUpdateParts,
  type RefusedPart,
  type Resource,
  type Revision,
} from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import { backoffMs } from './backoff.ts';

/** What a {@link ContractApplier} works with. */
export interface ContractApplierOptions {
  /** Takes updates into service; see `ApplyContract`. */
  readonly apply: ApplyContract;
  readonly logger: Logger;
  /** From 0 to below 1, for the jitter between attempts. */
  readonly random: () => number;
  /** Called whenever `apply` answered, with what it was given. */
  readonly answered: (revision: Revision, given: ContractState) => void;
  /** Called when trying again changed what is refused. */
  readonly retried: () => void;
}

// A Secret that was mended without a change of the contract, such as by a right to read it, is noticed within 5 s (security.md 1.6).
const retryBounds = { firstMs: 500, mostMs: 5_000 };

/**
 * Brings updates into service one after the other, and keeps the verdicts. What was refused is tried again with the next update
 * and, in between, after growing delays. A resource or an egress that cannot be right is refused here, and the one before it goes on.
 */
export class ContractApplier {
  readonly #options: ContractApplierOptions;
  readonly #closing = new AbortController();
  #given: ContractState = emptyContractState;
  #revision: Revision | undefined;
  /** By resource uid: what `apply` refused, and refuses no more when its time has come. */
  readonly #refused = new Map<string, readonly RefusedPart[]>();
  /** By resource uid: what cannot be right as it is asked for, and is not tried again. */
  readonly #inadmissible = new Map<string, readonly RefusedPart[]>();
  /** Resources that are not given as asked for: what is given in their place, if anything. */
  readonly #instead = new Map<string, Resource | undefined>();
  /** Removed, but `apply` threw before it let go of them. */
  #unremoved: readonly string[] = [];
  /** Whether the last `apply` threw, so that it has to be called again even for what no uid stands for, such as trust bundles. */
  #threw = false;
  /** Runs one thing at a time. */
  #tail: Promise<unknown> = Promise.resolve();
  #retryTimer: NodeJS.Timeout | undefined;
  #attempts = 0;

  constructor(options: ContractApplierOptions) {
    this.#options = options;
  }

  /** What is not served as asked for. */
  refusedParts(): readonly RefusedPart[] {
    return [...this.#inadmissible.values(), ...this.#refused.values()].flat();
  }

  /** Resolves when `apply` was called and answered or threw; never rejects for what `apply` does. */
  update(revision: Revision, update: ContractUpdateParts): Promise<void> {
    return this.#serially(() => {
      this.#attempts = 0;
      const changed = this.#admit(update);
      this.#revision = revision;
      return this.#apply(revision, [...changed, ...this.#retriable()], update.removedUids);
    });
  }

  /** Waits for a running `apply`; nothing is tried again. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retryTimer);
    await this.#serially(() => Promise.resolve());
  }

  #serially<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(act);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Takes over what may be given, and answers the uids of what changed in it. */
  #admit(update: ContractUpdateParts): readonly string[] {
    for (const uid of update.removedUids) {
      this.#instead.delete(uid);
      this.#inadmissible.delete(uid);
      this.#refused.delete(uid);
    }
    const admitted: string[] = [];
    for (const uid of update.changedUids) {
      const wanted = update.resources.get(uid);
      if (wanted === undefined) continue;
      const served = this.#given.resources.get(uid);
      const { resource, refused } = admitResource(wanted, served);
      this.#inadmissible.delete(uid);
      this.#instead.delete(uid);
      if (resource !== wanted) this.#instead.set(uid, resource);
      if (refused.length > 0) this.#inadmissible.set(uid, refused);
      for (const { egressUid, message } of refused) {
        this.#options.logger.error('part of the contract refused', { resourceUid: uid, egressUid, why: message });
      }
      if (resource !== undefined && resource !== served) admitted.push(uid);
    }
    this.#given = { resources: this.#admitted(update.resources), trustBundles: update.trustBundles };
    return admitted;
  }

  #admitted(wanted: ReadonlyMap<string, Resource>): ReadonlyMap<string, Resource> {
    if (this.#instead.size === 0) return wanted;
    const resources = new Map(wanted);
    for (const [uid, instead] of this.#instead) {
      if (instead === undefined) resources.delete(uid);
      else resources.set(uid, instead);
    }
    return resources;
  }

  async #apply(revision: Revision, changed: readonly string[], removed: readonly string[]): Promise<void> {
    clearTimeout(this.#retryTimer);
    const changedUids = [...new Set(changed)];
    const removedUids = [...new Set([...removed, ...this.#unremoved])].filter((uid) => !this.#given.resources.has(uid));
    const given = this.#given;
    try {
      const refusedParts = await this.#options.apply({ revision, ...given, changedUids, removedUids });
      for (const uid of [...changedUids, ...removedUids]) this.#refused.delete(uid);
      for (const [uid, parts] of Map.groupBy(refusedParts, (part) => part.resourceUid)) this.#refused.set(uid, parts);
      this.#unremoved = [];
      this.#threw = false;
    } catch (error) {
      this.#options.logger.error('applying the contract failed; it is tried again', { ...revision, error });
      const message = error instanceof Error ? error.message : String(error);
      for (const uid of [...changedUids, ...removedUids]) {
        this.#refused.set(uid, [{ resourceUid: uid, egressUid: '', reason: 'ApplyFailed', message }]);
      }
      this.#unremoved = removedUids;
      this.#threw = true;
    }
    this.#scheduleRetry();
    if (!this.#threw) this.#options.answered(revision, given);
  }

  /** Resources to try again: refused by `apply`, and still in the contract. */
  #retriable(): readonly string[] {
    return [...this.#refused.keys()].filter((uid) => this.#given.resources.has(uid));
  }

  #scheduleRetry(): void {
    if (this.#closing.signal.aborted || (this.#retriable().length === 0 && !this.#threw)) return;
    this.#attempts += 1;
    this.#retryTimer = setTimeout(
      () => void this.#serially(() => this.#retry()),
      backoffMs(this.#attempts, retryBounds, this.#options.random),
    );
  }

  async #retry(): Promise<void> {
    if (this.#closing.signal.aborted || this.#revision === undefined) return;
    const before = JSON.stringify(this.refusedParts());
    await this.#apply(this.#revision, this.#retriable(), []);
    if (JSON.stringify(this.refusedParts()) !== before) this.#options.retried();
  }
}
