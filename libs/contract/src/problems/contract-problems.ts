import type { Contract, Resource } from '../generated/eventing_kafka/contract/v1/contract.ts';
import { isPathRoute } from './ingress-problems.ts';
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

/**
 * What only one resource of a contract may claim, claimed by a second one.
 *
 * @param pathOf how a resource is called in the problems; absent: by its place, as in `resources[3]`
 */
export function* conflictProblems(
  resources: Iterable<Resource>,
  pathOf: (resource: Resource, index: number) => string = (_resource, index) => `resources[${index}]`,
): Problems {
  const uids = new Claims('the uid');
  const paths = new Claims('the path');
  const hosts = new Claims('the host');
  const egressUids = new Claims('the egress uid');
  let index = 0;
  for (const resource of resources) {
    const path = pathOf(resource, index);
    yield* uids.claim(resource.uid, path, '.uid');
    if (resource.ingress !== undefined) {
      if (isPathRoute(resource.ingress.path)) yield* paths.claim(resource.ingress.path, path, '.ingress.path');
      yield* hosts.claim(resource.ingress.host, path, '.ingress.host');
    }
    let place = 0;
    for (const { uid } of resource.egresses) {
      // Twice within one resource is a problem of that resource alone.
      if (egressUids.ownerOf(uid) !== path) yield* egressUids.claim(uid, path, `.egresses[${place}].uid`);
      place += 1;
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

class Claims {
  readonly #what: string;
  readonly #owners = new Map<string, string>();

  constructor(what: string) {
    this.#what = what;
  }

  ownerOf(value: string): string | undefined {
    return this.#owners.get(value);
  }

  claim(value: string, path: string, field: string): readonly ContractProblem[] {
    if (value === '') return [];
    const owner = this.#owners.get(value);
    if (owner !== undefined)
      return [problem(`${path}${field}`, `claims ${this.#what} ${quote(value)}, which ${owner} has already`)];
    this.#owners.set(value, path);
    return [];
  }
}
