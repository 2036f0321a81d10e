import type { EventPolicy as ContractPolicy, TokenMatcher } from '@eventing-kafka/contract';
import { isFilterError, parseFilters } from '@eventing-kafka/filters';
import { isFalse, isTrue } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import type { Features } from '../features/features.ts';
import { apiVersions } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { Broker, EventPolicy, KafkaSink } from '../objects/resource-types.ts';
import { dialectedFilter } from './dialected-filters.ts';
import { judgeEventPolicy } from './event-policy-judgement.ts';
import type { PlanningOptions } from './planning-options.ts';
import { policyApplies } from './policy-selection.ts';

/** Who may send to an object, and what is said of it. */
export interface PolicyPlan {
  /** For the contract; none, with an audience: nobody may. */
  readonly contract: readonly ContractPolicy[];
  /** `EventPoliciesReady`. */
  readonly condition: ConditionMark;
  /** `status.policies`: those that are Ready. */
  readonly status: NonNullable<ResourceStatus['policies']>;
}

/**
 * The event policies of an object (control-plane 4.4, 16.4; security 4). Where some apply, they alone admit senders, and those that are
 * not Ready admit nobody: the default mode is for objects that no policy speaks of (security SD6).
 */
export function planEventPolicies(
  object: Broker | KafkaSink,
  view: ResourceView,
  features: Features,
  { judgesEventPolicies }: Pick<PlanningOptions, 'judgesEventPolicies'>,
): PolicyPlan {
  const { authenticationOidc, defaultAuthorizationMode } = features;
  const { namespace } = object.metadata;
  if (view.list === undefined && authenticationOidc) {
    return {
      contract: [],
      status: [],
      condition: isFalse(
        'EventPoliciesReady',
        'EventPoliciesUnknown',
        'event policies cannot be listed; nobody is admitted',
      ),
    };
  }
  const applying = (view.list?.('EventPolicy', namespace) ?? [])
    .filter((policy) => policy.metadata.namespace === namespace && policyApplies(policy, object))
    .map((policy) => (judgesEventPolicies ? judged(policy, view, features) : policy))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const ready = applying.filter(isUsable);
  const unready = applying.filter((policy) => !ready.includes(policy)).map(({ metadata }) => metadata.name);
  const status = ready.map(({ metadata }) => ({ apiVersion: apiVersions.EventPolicy, name: metadata.name }));

  if (applying.length === 0 && !authenticationOidc) {
    const hint = 'Feature "authentication-oidc" must be enabled to support Authorization';
    return { contract: [], status, condition: isTrue('EventPoliciesReady', 'OIDCDisabled', hint) };
  }
  if (applying.length === 0) {
    const mode = `Default authz mode is "${defaultAuthorizationMode}"`;
    return {
      contract: defaultPolicies(features, namespace),
      status,
      condition: isTrue('EventPoliciesReady', 'DefaultAuthorizationMode', mode),
    };
  }
  return {
    contract: authenticationOidc ? ready.map(contractPolicy) : [],
    status,
    condition:
      unready.length === 0
        ? isTrue('EventPoliciesReady')
        : isFalse('EventPoliciesReady', 'EventPoliciesNotReady', `event policies ${unready.join(', ')} are not ready`),
  };
}

/** `policies` of a status; not there when there are none. */
export function policyStatus({ status }: PolicyPlan): Pick<ResourceStatus, 'policies'> {
  return status.length === 0 ? {} : { policies: status };
}

/** As it is, rather than as its status says: that is for people, and comes later. */
function judged(policy: EventPolicy, view: ResourceView, features: Features): EventPolicy {
  const { from, isReady } = judgeEventPolicy(policy, view, features);
  return { ...policy, status: { ...policy.status, from, ready: isReady } };
}

/** Ready, not on its way out, and with filters that can be evaluated. */
function isUsable(policy: EventPolicy): boolean {
  if (!policy.status.ready || policy.metadata.deletionTimestamp !== undefined) return false;
  try {
    parseFilters({ dialectedFilter: policy.spec.filters.map(dialectedFilter) });
    return true;
  } catch (error) {
    if (isFilterError(error)) return false;
    throw error;
  }
}

function contractPolicy(policy: EventPolicy): ContractPolicy {
  return {
    tokenMatchers: policy.status.from.map((subject) =>
      subject.endsWith('*')
        ? prefixOf(subject.slice(0, -1))
        : { matcher: { $case: 'exact', value: { attributes: { sub: subject } } } },
    ),
    filters: policy.spec.filters.map(dialectedFilter),
  };
}

function defaultPolicies({ defaultAuthorizationMode }: Features, namespace: string): readonly ContractPolicy[] {
  switch (defaultAuthorizationMode) {
    case 'Allow-All':
      return [{ tokenMatchers: [prefixOf('')], filters: [] }];
    case 'Allow-Same-Namespace':
      return [{ tokenMatchers: [prefixOf(`system:serviceaccount:${namespace}:`)], filters: [] }];
    case 'Deny-All':
      return [];
  }
}

function prefixOf(sub: string): TokenMatcher {
  return { matcher: { $case: 'prefix', value: { attributes: { sub } } } };
}
