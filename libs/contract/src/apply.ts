import { isDeepStrictEqual } from 'node:util';
import type { ContractState } from './contract-state.ts';
import type { ContractUpdateParts } from './contract-update.ts';
import type { ContractDelta, ResourceChange } from './diff.ts';
import { egressesEqual, ownPartsEqual } from './equality.ts';
import { ContractError } from './errors.ts';
import type { Egress, Resource } from './generated/eventing_kafka/contract/v1/contract.ts';

/**
 * The state that a delta leads to, and the uids of what is different there. Unchanged resources, and unchanged egresses of changed
 * ones, are the same objects (`===`) as before. A change that changes nothing, and the removal of what is not there, are passed over,
 * so that applying a delta twice is the same as once.
 *
 * @throws ContractError `CONTRACT_DELTA_MISMATCH` when `before` lacks a resource that the delta changes only in part
 */
export function applyDelta(before: ContractState, delta: ContractDelta): ContractUpdateParts {
  const changed = new Map<string, Resource>();
  for (const change of delta.changes) {
    const old = changed.get(change.uid) ?? before.resources.get(change.uid);
    const resource = changedResource(old, change);
    if (resource !== old) changed.set(change.uid, resource);
  }
  const removedUids = delta.removedResourceUids.filter((uid) => before.resources.has(uid) && !changed.has(uid));
  const trustBundles = sameIfEqual(before.trustBundles, delta.trustBundles);
  return {
    resources: replaced(before.resources, changed, removedUids),
    trustBundles,
    changedUids: [...changed.keys()],
    removedUids,
  };
}

function replaced(
  before: ReadonlyMap<string, Resource>,
  changed: ReadonlyMap<string, Resource>,
  removedUids: readonly string[],
): ReadonlyMap<string, Resource> {
  if (changed.size === 0 && removedUids.length === 0) return before;
  const resources = new Map(before);
  for (const [uid, resource] of changed) resources.set(uid, resource);
  for (const uid of removedUids) resources.delete(uid);
  return resources;
}

function changedResource(old: Resource | undefined, change: ResourceChange): Resource {
  if (change.resource !== undefined && change.resource.uid !== change.uid) {
    throw new ContractError(
      'CONTRACT_DELTA_MISMATCH',
      `The change of resource ${change.uid} holds a resource with the uid ${change.resource.uid}`,
    );
  }
  const own = change.resource ?? old;
  if (own === undefined) {
    throw new ContractError(
      'CONTRACT_DELTA_MISMATCH',
      `The delta changes a part of resource ${change.uid}, which is not there; start from a snapshot`,
    );
  }
  const egresses = changedEgresses(old?.egresses ?? [], change);
  if (old !== undefined && egresses === old.egresses && ownPartsEqual(own, old)) return old;
  return { ...own, egresses };
}

/** The same array when nothing changes. */
function changedEgresses(before: Egress[], change: ResourceChange): Egress[] {
  if (change.upsertedEgresses.length === 0 && change.removedEgressUids.length === 0) return before;
  const egresses = new Map(before.map((egress) => [egress.uid, egress]));
  let different = false;
  for (const uid of change.removedEgressUids) {
    if (egresses.delete(uid)) different = true;
  }
  for (const egress of change.upsertedEgresses) {
    const old = egresses.get(egress.uid);
    if (old !== undefined && egressesEqual(old, egress)) continue;
    egresses.set(egress.uid, egress);
    different = true;
  }
  return different ? [...egresses.values()] : before;
}

function sameIfEqual(before: readonly string[], after: readonly string[] | undefined): readonly string[] {
  return after === undefined || isDeepStrictEqual(before, after) ? before : after;
}
