import { isDeepStrictEqual } from 'node:util';
import type { ContractState } from './contract-state.ts';
import { Egress, Resource } from './generated/eventing_kafka/contract/v1/contract.ts';

/** Whether two egresses ask for the same, comparing whole messages. A field left out equals its default. */
export function egressesEqual(a: Egress, b: Egress): boolean {
  return a === b || isDeepStrictEqual(a, b) || isDeepStrictEqual(Egress.fromPartial(a), Egress.fromPartial(b));
}

/** Whether two resources ask for the same, apart from their egresses. */
export function ownPartsEqual(a: Resource, b: Resource): boolean {
  if (a === b) return true;
  const [ownA, ownB] = [ownPart(a), ownPart(b)];
  return isDeepStrictEqual(ownA, ownB) || isDeepStrictEqual(Resource.fromPartial(ownA), Resource.fromPartial(ownB));
}

/** Whether two resources ask for the same. The order of egresses has no meaning. */
export function resourcesEqual(a: Resource, b: Resource): boolean {
  if (a === b) return true;
  if (a.egresses.length !== b.egresses.length || !ownPartsEqual(a, b)) return false;
  const others = egressesByUid(b);
  return (
    others.size === b.egresses.length &&
    a.egresses.every((egress) => {
      const other = others.get(egress.uid);
      return other !== undefined && egressesEqual(egress, other);
    })
  );
}

/** Whether two contracts ask for the same. Neither the generation (a state has none) nor the order of resources and egresses counts. */
export function contractsEqual(a: ContractState, b: ContractState): boolean {
  if (a === b) return true;
  if (a.resources.size !== b.resources.size || !isDeepStrictEqual(a.trustBundles, b.trustBundles)) return false;
  for (const [uid, resource] of a.resources) {
    const other = b.resources.get(uid);
    if (other === undefined || !resourcesEqual(resource, other)) return false;
  }
  return true;
}

/** A resource without its egresses. */
export function ownPart(resource: Resource): Resource {
  return { ...resource, egresses: [] };
}

/** The egresses of a resource by uid. */
export function egressesByUid(resource: Resource): Map<string, Egress> {
  return new Map(resource.egresses.map((egress) => [egress.uid, egress]));
}
