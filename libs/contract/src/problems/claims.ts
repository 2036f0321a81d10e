import type { Egress, Resource } from '../generated/eventing_kafka/contract/v1/contract.ts';
import { isPathRoute } from './ingress-problems.ts';
import { quote } from './value-problems.ts';

/** Something that only one resource of a contract may have. */
export interface Claim {
  readonly what: 'path' | 'host' | 'egress uid';
  readonly value: string;
  /** Where it stands in the resource. */
  readonly field: string;
}

/** What a resource claims for itself alone. */
export function* resourceClaims(resource: Resource): Generator<Claim, void, undefined> {
  yield* ingressClaims(resource);
  for (const [index, egress] of resource.egresses.entries()) {
    if (egress.uid !== '') yield egressClaim(egress, index);
  }
}

/** What a resource claims by its ingress. */
function* ingressClaims({ ingress }: Resource): Generator<Claim, void, undefined> {
  if (ingress === undefined) return;
  if (isPathRoute(ingress.path)) yield { what: 'path', value: ingress.path, field: 'ingress.path' };
  if (ingress.host !== '') yield { what: 'host', value: ingress.host, field: 'ingress.host' };
}

function egressClaim({ uid }: Egress, index: number): Claim {
  return { what: 'egress uid', value: uid, field: `egresses[${index}].uid` };
}

/** Two claims conflict when their keys are equal. */
export function claimKey({ what, value }: Claim): string {
  return `${what} ${value}`;
}

/** The message of the problem that `owner` has the same claim. */
export function claimedAlready({ what, value }: Claim, owner: string): string {
  return `claims the ${what} ${quote(value)}, which ${owner} has already`;
}
