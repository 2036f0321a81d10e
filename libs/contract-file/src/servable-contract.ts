import {
  admitResource,
  resourceProblems,
  trustBundleProblems,
  type ContractProblem,
  type ContractState,
  type ReadContract,
  type RefusedPart,
  type Resource,
} from '@eventing-kafka/contract';

/** What of a contract a process can serve, and what it cannot. */
export interface ServableContract {
  readonly state: ContractState;
  /** Everything wrong, each with its place in the file. */
  readonly problems: readonly ContractProblem[];
  /** What is not served as the file asks for. */
  readonly refused: readonly RefusedPart[];
}

/** Who serves: a receiver looks at what has an ingress, without the egresses; a dispatcher at everything but the ingress. */
export type ServingKind = 'receiver' | 'dispatcher';

/**
 * Takes from a contract what can be served. What has a problem is left out alone and, if it was served before, stays as it was: a
 * resource, or one egress of it, or a trust bundle. Of two with the same uid the first in the file has it.
 */
export function servableContract(read: ReadContract, kind: ServingKind, served: ContractState): ServableContract {
  const problems: ContractProblem[] = [];
  const refused: RefusedPart[] = [];
  const resources = new Map<string, Resource>();
  const uids = new UniqueUids();
  for (const [index, resource] of read.contract.resources.entries()) {
    const place = `resources[${index}]`;
    const misfits = within(read.problems, place);
    const part = partOf(resource, misfits, kind);
    if (part === undefined) continue;
    const misfitPaths = new Set(part.misfits.map(({ path }) => path));
    // What was left out is not missing as well.
    const others = resourceProblems(part.resource).filter(({ path }) => !misfitPaths.has(path));
    const found = [...part.misfits, ...others, ...uids.problemsOf(part.resource, place)];
    problems.push(...found.map(({ path, message }) => ({ path: path === '' ? place : `${place}.${path}`, message })));
    const admitted = admitResource(part.resource, served.resources.get(resource.uid), found);
    refused.push(...admitted.refused);
    // The second of a uid is refused as a whole, and its "before" is the first.
    if (admitted.resource !== undefined && !resources.has(resource.uid)) resources.set(resource.uid, admitted.resource);
  }
  const bundles = trustBundles(read);
  problems.push(...bundles.problems);
  return { state: { resources, trustBundles: bundles.good }, problems, refused };
}

interface ServedPart {
  readonly resource: Resource;
  readonly misfits: readonly ContractProblem[];
}

function partOf(resource: Resource, misfits: readonly ContractProblem[], kind: ServingKind): ServedPart | undefined {
  const isOf = (name: string) => (found: ContractProblem) => new RegExp(`^${name}(?:$|[.[])`, 'u').test(found.path);
  if (kind === 'dispatcher') {
    const isOfIngress = isOf('ingress');
    return { resource: { ...resource, ingress: undefined }, misfits: misfits.filter((found) => !isOfIngress(found)) };
  }
  // An ingress that could not be read is one, too: what was served of it goes on.
  const isUnreadable = misfits.some((found) => found.path === '' || isOf('ingress')(found));
  if (resource.ingress === undefined && !isUnreadable) return undefined;
  const isOfEgresses = isOf('egresses');
  return { resource: { ...resource, egresses: [] }, misfits: misfits.filter((found) => !isOfEgresses(found)) };
}

/** Those at a place or below, with paths from there on. */
function within(problems: readonly ContractProblem[], place: string): readonly ContractProblem[] {
  return problems.flatMap(({ path, message }) => {
    if (path === place) return { path: '', message };
    return path.startsWith(`${place}.`) ? { path: path.slice(place.length + 1), message } : [];
  });
}

function trustBundles(read: ReadContract): { good: readonly string[]; problems: readonly ContractProblem[] } {
  const misfits = read.problems.filter(({ path }) => !path.startsWith('resources['));
  const problems = [...misfits, ...trustBundleProblems(read.contract.trustBundles)].filter(
    (found, index, all) => all.findIndex(({ path }) => path === found.path) === index,
  );
  const bad = new Set(problems.map(({ path }) => path));
  return { good: read.contract.trustBundles.filter((_, index) => !bad.has(`trustBundles[${index}]`)), problems };
}

/** Who has which uid: two resources or egresses of the same would be taken for one another. */
class UniqueUids {
  readonly #resources = new Map<string, string>();
  readonly #egresses = new Map<string, string>();

  *problemsOf(resource: Resource, place: string): Generator<ContractProblem, void, undefined> {
    const owner = this.#claim(this.#resources, resource.uid, place);
    if (owner !== undefined) yield taken('uid', resource.uid, owner);
    for (const [index, { uid }] of resource.egresses.entries()) {
      const ownerOfEgress = this.#claim(this.#egresses, uid, place);
      // Twice within one resource is found by its own checks.
      if (ownerOfEgress !== undefined && ownerOfEgress !== place)
        yield taken(`egresses[${index}].uid`, uid, ownerOfEgress);
    }
  }

  #claim(owners: Map<string, string>, uid: string, place: string): string | undefined {
    const owner = owners.get(uid);
    if (owner === undefined && uid !== '') owners.set(uid, place);
    return owner;
  }
}

function taken(path: string, uid: string, owner: string): ContractProblem {
  return { path, message: `is ${JSON.stringify(uid)}, which ${owner} has already; expected a unique uid` };
}
