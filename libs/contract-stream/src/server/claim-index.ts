import {
  claimKey,
  claimedAlready,
  resourceClaims,
  type ContractDelta,
  type ContractProblem,
  type ContractState,
  type Resource,
} from '@eventing-kafka/contract';

/** The changes of an index that a delta makes: kept apart until the delta is accepted. */
export interface ClaimChanges {
  readonly problems: readonly ContractProblem[];
  readonly released: ReadonlySet<string>;
  /** By claim, the uid of the resource. */
  readonly claimed: ReadonlyMap<string, string>;
}

/** Who has which path, host and egress uid: finds conflicts by looking at what changed instead of at the whole contract. */
export class ClaimIndex {
  readonly #owners = new Map<string, string>();

  /** What a delta from `before` to `after` does to the claims. Changes nothing. */
  check(delta: ContractDelta, before: ContractState, after: ContractState): ClaimChanges {
    const changed = delta.changes.map(({ uid }) => uid);
    const released = new Set<string>();
    for (const uid of [...changed, ...delta.removedResourceUids]) {
      for (const key of keysOf(before.resources.get(uid))) released.add(key);
    }
    const problems: ContractProblem[] = [];
    const claimed = new Map<string, string>();
    for (const uid of changed) {
      const resource = after.resources.get(uid);
      if (resource === undefined) continue;
      for (const claim of resourceClaims(resource)) {
        const key = claimKey(claim);
        const owner = claimed.get(key) ?? (released.has(key) ? undefined : this.#owners.get(key));
        if (owner === undefined || owner === uid) claimed.set(key, uid);
        else
          problems.push({
            path: `resources[${uid}].${claim.field}`,
            message: claimedAlready(claim, `resources[${owner}]`),
          });
      }
    }
    return { problems, released, claimed };
  }

  accept({ released, claimed }: ClaimChanges): void {
    for (const key of released) this.#owners.delete(key);
    for (const [key, uid] of claimed) this.#owners.set(key, uid);
  }
}

function* keysOf(resource: Resource | undefined): Iterable<string> {
  if (resource === undefined) return;
  for (const claim of resourceClaims(resource)) yield claimKey(claim);
}
