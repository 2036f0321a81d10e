import type { Contract, Resource } from '../generated/eventing_kafka/contract/v1/contract.ts';
import { claimKey, claimedAlready, resourceClaims } from './claims.ts';
import { problem, type ContractProblem, type Problems } from './problem.ts';
import { resourceProblems } from './resource-problems.ts';
import { certificateProblems, quote } from './value-problems.ts';

const greatestGeneration = 2n ** 64n - 1n;

/** Everything wrong with a contract, in the order of its fields. Empty: it can be served. */
export function contractProblems(contract: Contract): readonly ContractProblem[] {
  return [...problemsOf(contract)];
}

function* problemsOf(contract: Contract): Problems {
  if (contract.generation < 0n || contract.generation > greatestGeneration)
    yield problem('generation', `is ${contract.generation.toString()}; expected 0 to 2^64 - 1`);
  for (const [index, resource] of contract.resources.entries())
    yield* resourceProblems(resource, `resources[${index}]`);
  yield* conflictProblems(contract.resources);
  yield* trustBundleProblems(contract.trustBundles);
}

/** What only one resource of a contract may claim, claimed by a second one. */
function* conflictProblems(resources: Iterable<Resource>): Problems {
  const uids = new Map<string, string>();
  const owners = new Map<string, string>();
  let index = 0;
  for (const resource of resources) {
    const path = `resources[${index}]`;
    const sameUid = uids.get(resource.uid);
    if (resource.uid !== '' && sameUid !== undefined) {
      yield problem(`${path}.uid`, `is ${quote(resource.uid)}, as of ${sameUid}; expected a unique uid`);
    }
    uids.set(resource.uid, path);
    for (const claim of resourceClaims(resource)) {
      const key = claimKey(claim);
      const owner = owners.get(key);
      // Twice within one resource is a problem of that resource alone.
      if (owner !== undefined && owner !== path) yield problem(`${path}.${claim.field}`, claimedAlready(claim, owner));
      else owners.set(key, path);
    }
    index += 1;
  }
}

/** Everything wrong with trust bundles. */
export function* trustBundleProblems(trustBundles: readonly string[]): Problems {
  for (const [index, pem] of trustBundles.entries()) {
    if (pem.trim() === '') yield problem(`trustBundles[${index}]`, 'is empty; expected PEM certificates');
    else yield* certificateProblems(pem, `trustBundles[${index}]`);
  }
}
