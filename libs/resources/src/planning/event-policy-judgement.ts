import { isFalse, isTrue } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import type { Features } from '../features/features.ts';
import { foreignKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { EventPolicy } from '../objects/resource-types.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** Whom a policy admits, and what holds of it. */
export interface EventPolicyJudgement {
  /** Subjects of tokens, sorted, each once; one that ends in `*` is a prefix. Those that are known, where some are not. */
  readonly from: readonly string[];
  /** `AuthenticationEnabled` and `SubjectsResolved`. */
  readonly conditions: readonly ConditionMark[];
  readonly isReady: boolean;
}

type Sender = EventPolicy['spec']['from'][number];

/**
 * Resolves the senders of a policy to subjects (security 4.1): a subject is one as it is written, an object stands for the accounts that its
 * status names. One sender that cannot be resolved makes the policy not ready, with all that is wrong in its condition.
 */
export function judgeEventPolicy(
  { metadata: { namespace }, spec, isSound }: EventPolicy,
  view: ResourceView,
  { authenticationOidc }: Features,
): EventPolicyJudgement {
  const resolved = spec.from.map((sender) => subjectsOf(sender, namespace, view));
  const problems = resolved.filter((each) => !each.ok).map(({ error }) => error);
  const from = [...new Set(resolved.flatMap((each) => (each.ok ? each.value : [])))].toSorted();
  const conditions = [
    authenticationOidc
      ? isTrue('AuthenticationEnabled')
      : isFalse(
          'AuthenticationEnabled',
          'OIDCAuthenticationDisabled',
          'Feature "authentication-oidc" must be enabled to support Authorization',
        ),
    problems.length === 0
      ? isTrue('SubjectsResolved')
      : isFalse('SubjectsResolved', 'SubjectsNotResolved', problems.join('; ')),
  ];
  return { from, conditions, isReady: isSound && conditions.every(({ status }) => status === 'True') };
}

/** The subjects that a sender stands for. */
function subjectsOf({ ref, sub }: Sender, ofPolicy: string, view: ResourceView): Outcome<readonly string[]> {
  if (sub !== undefined && sub !== '') return succeeded([sub]);
  const { apiVersion = '', kind = '', name = '', namespace = ofPolicy } = ref ?? {};
  if (apiVersion === '' || kind === '' || name === '') return failed('a sender is neither an object nor a subject');
  const key = foreignKey(apiVersion, kind, namespace, name);
  const found = view.get('ForeignObject', namespace, key.name);
  const what = `${kind} ${namespace}/${name}`;
  if (found === undefined) {
    const why = view.whyAbsent?.('ForeignObject', namespace, key.name);
    return failed(why === undefined ? `${what} not found` : `${what} not found: ${why}`);
  }
  if (found.serviceAccounts.length === 0) return failed(`${what} names no ServiceAccount in status.auth`);
  return succeeded(found.serviceAccounts.map((account) => `system:serviceaccount:${namespace}:${account}`));
}
