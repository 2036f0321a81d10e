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

/** What only one resource of a contract may claim, claimed by a second one. */
export function* conflictProblems(resources: Iterable<Resource>): Problems {
  const uids = new Claims('the uid');
  const paths = new Claims('the path');
  const hosts = new Claims('the host');
  const egressUids = new Claims('the egress uid');
  let index = 0;
  for (const resource of resources) {
    const path = `resources[${index}]`;
    yield* uids.claim(resource.uid, index, path, '.uid');
    if (resource.ingress !== undefined) {
      if (isPathRoute(resource.ingress.path)) yield* paths.claim(resource.ingress.path, index, path, '.ingress.path');
      yield* hosts.claim(resource.ingress.host, index, path, '.ingress.host');
    }
    for (const [egressIndex, egress] of resource.egresses.entries()) {
      // Twice within one resource is a problem of that resource alone.
      if (egressUids.ownerOf(egress.uid) !== index)
        yield* egressUids.claim(egress.uid, index, path, `.egresses[${egressIndex}].uid`);
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
  readonly #owners = new Map<string, number>();

  constructor(what: string) {
    this.#what = what;
  }

  ownerOf(value: string): number | undefined {
    return this.#owners.get(value);
  }

  *claim(value: string, index: number, path: string, field: string): Problems {
    if (value === '') return;
    const owner = this.#owners.get(value);
    if (owner === undefined) this.#owners.set(value, index);
    else
      yield problem(`${path}${field}`, `claims ${this.#what} ${quote(value)}, which resources[${owner}] has already`);
  }
}
