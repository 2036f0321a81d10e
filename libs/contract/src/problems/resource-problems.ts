import type { Resource } from '../generated/eventing_kafka/contract/v1/contract.ts';
import { authProblems } from './auth-problems.ts';
import { egressConfigProblems, egressProblems } from './egress-problems.ts';
import { ingressProblems } from './ingress-problems.ts';
import { problem, type ContractProblem, type Problems } from './problem.ts';
import { bootstrapServersProblems, missingProblems, quote, topicProblems } from './value-problems.ts';

/**
 * Everything wrong within one resource, looked at alone; `contractProblems` also finds what two resources both claim.
 *
 * @param path how the resource is called in the problems, such as `resources[3]`; empty: paths begin within the resource
 */
export function resourceProblems(resource: Resource, path = ''): readonly ContractProblem[] {
  return [...withPrefix(path, problemsOf(resource))];
}

function* problemsOf(resource: Resource): Problems {
  yield* missingProblems(resource.uid, '.uid', "the uid of the user's object");
  yield* topicsProblems(resource);
  yield* bootstrapServersProblems(resource.bootstrapServers, '.bootstrapServers');
  if (resource.ingress !== undefined) yield* ingressProblems(resource.ingress, '.ingress');
  if (resource.egressConfig !== undefined) yield* egressConfigProblems(resource.egressConfig, '.egressConfig');
  yield* authProblems(resource, '');
  const uids = new Set<string>();
  for (const [index, egress] of resource.egresses.entries()) {
    yield* egressProblems(egress, `.egresses[${index}]`);
    if (egress.uid !== '' && uids.has(egress.uid))
      yield problem(
        `.egresses[${index}].uid`,
        `is ${quote(egress.uid)}, as of an egress before it; expected a unique uid`,
      );
    uids.add(egress.uid);
  }
}

function* topicsProblems({ topics, ingress }: Resource): Problems {
  if (ingress !== undefined && topics.length !== 1)
    yield problem(
      '.topics',
      `holds ${topics.length} topics; expected exactly one, because the resource has an ingress`,
    );
  else if (topics.length === 0) yield problem('.topics', 'is empty; expected at least one topic');
  for (const [index, topic] of topics.entries()) {
    yield* topicProblems(topic, `.topics[${index}]`);
    if (topics.indexOf(topic) < index) yield problem(`.topics[${index}]`, `is ${quote(topic)}, as a topic before it`);
  }
}

function* withPrefix(path: string, problems: Problems): Problems {
  for (const found of problems) {
    const full = `${path}${found.path}`;
    yield { path: full.startsWith('.') ? full.slice(1) : full, message: found.message };
  }
}
