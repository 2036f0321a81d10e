import { isDeepStrictEqual } from 'node:util';
import type { ContractState } from './contract-state.ts';
import { egressesByUid, egressesEqual, ownPart, ownPartsEqual } from './equality.ts';
import type { Egress, Resource } from './generated/eventing_kafka/contract/v1/contract.ts';

/** What changed of one resource; its size follows the change, not the resource. */
export interface ResourceChange {
  readonly uid: string;
  /** Present when something beside the egresses changed or the resource is new: all its fields, with `egresses` empty. */
  readonly resource: Resource | undefined;
  /** New egresses, and new versions of known ones. */
  readonly upsertedEgresses: readonly Egress[];
  readonly removedEgressUids: readonly string[];
}

/** What leads from one state to another. */
export interface ContractDelta {
  readonly changes: readonly ResourceChange[];
  readonly removedResourceUids: readonly string[];
  /** Present: replaces the trust bundles. */
  readonly trustBundles?: readonly string[];
}

/**
 * What leads from `before` to `after`. Parts that are the same object in both are not looked into, so that the cost follows what
 * changed: give states that share their unchanged resources, as `applyDelta` makes them.
 */
export function diffContracts(before: ContractState, after: ContractState): ContractDelta {
  const changes: ResourceChange[] = [];
  for (const [uid, resource] of after.resources) {
    const old = before.resources.get(uid);
    if (old === resource) continue;
    const change = old === undefined ? wholeResource(uid, resource) : changeOf(uid, old, resource);
    if (change !== undefined) changes.push(change);
  }
  const removedResourceUids: string[] = [];
  for (const uid of before.resources.keys()) {
    if (!after.resources.has(uid)) removedResourceUids.push(uid);
  }
  const bundlesEqual =
    before.trustBundles === after.trustBundles || isDeepStrictEqual(before.trustBundles, after.trustBundles);
  return { changes, removedResourceUids, ...(bundlesEqual ? {} : { trustBundles: after.trustBundles }) };
}

/** Whether a delta changes nothing. */
export function isEmptyDelta(delta: ContractDelta): boolean {
  return delta.changes.length === 0 && delta.removedResourceUids.length === 0 && delta.trustBundles === undefined;
}

function wholeResource(uid: string, resource: Resource): ResourceChange {
  return { uid, resource: ownPart(resource), upsertedEgresses: resource.egresses, removedEgressUids: [] };
}

function changeOf(uid: string, before: Resource, after: Resource): ResourceChange | undefined {
  const resource = ownPartsEqual(before, after) ? undefined : ownPart(after);
  const known = egressesByUid(before);
  const upsertedEgresses: Egress[] = [];
  for (const egress of after.egresses) {
    const old = known.get(egress.uid);
    known.delete(egress.uid);
    if (old === undefined || !egressesEqual(old, egress)) upsertedEgresses.push(egress);
  }
  const removedEgressUids = [...known.keys()];
  const nothing = resource === undefined && upsertedEgresses.length === 0 && removedEgressUids.length === 0;
  return nothing ? undefined : { uid, resource, upsertedEgresses, removedEgressUids };
}
