import { ContentMode, type EventPolicy, type Ingress } from '../generated/eventing_kafka/contract/v1/contract.ts';
import { filterProblems } from './filter-problems.ts';
import { problem, type Problems } from './problem.ts';
import { enumProblems, quote } from './value-problems.ts';

/** Whether requests can be routed by this path: `/` would take every one, so that it is as good as none (receiver.md 4, "Root"). */
export function isPathRoute(path: string): boolean {
  return path !== '' && path !== '/';
}

/** Everything wrong within one ingress. */
export function* ingressProblems(ingress: Ingress, path: string): Problems {
  if (!isPathRoute(ingress.path) && ingress.host === '') {
    yield problem(path, 'has no path (other than "/") and no host; expected at least one, or nothing is routed to it');
  }
  if (ingress.path !== '' && !/^\/[^\s?#]*$/u.test(ingress.path)) {
    yield problem(
      `${path}.path`,
      `is ${quote(ingress.path)}; expected a path that begins with "/", without query, fragment and spaces`,
    );
  }
  // Compared with the Host of requests as it stands (receiver.md 4), so nearly anything goes.
  if (/\s/u.test(ingress.host)) yield problem(`${path}.host`, `is ${quote(ingress.host)}; expected no spaces`);
  yield* enumProblems(ingress.contentMode, ContentMode, `${path}.contentMode`);
  for (const [index, policy] of ingress.eventPolicies.entries())
    yield* policyProblems(policy, `${path}.eventPolicies[${index}]`);
}

function* policyProblems(policy: EventPolicy, path: string): Problems {
  for (const [index, { matcher }] of policy.tokenMatchers.entries()) {
    if (matcher === undefined)
      yield problem(`${path}.tokenMatchers[${index}]`, 'has neither exact nor prefix; expected one of them');
  }
  for (const [index, filter] of policy.filters.entries()) yield* filterProblems(filter, `${path}.filters[${index}]`);
}
