import type { EventPolicy, TokenMatcher } from '@eventing-kafka/contract';
import { evaluate, parseFilters, type EventAttributes, type Filter } from '@eventing-kafka/filters';
import type { TokenClaims } from '@eventing-kafka/oidc';

/** Whether claims are those of a sender that a policy speaks of. */
type ClaimTest = (claims: TokenClaims) => boolean;

interface CompiledPolicy {
  readonly senders: readonly ClaimTest[];
  readonly filter: Filter;
}

/** What a sender may send: an event that passes one of these. Never empty. */
export type EventGrant = readonly Filter[];

/** The event policies of one ingress, compiled once for a contract. */
export interface AuthorizationPolicies {
  /** What a sender with these claims may send; undefined: nothing. */
  readonly grantOf: (claims: TokenClaims) => EventGrant | undefined;
}

/**
 * Compiles the policies of an ingress (receiver.md 10.3). Without any nobody may send.
 *
 * @throws FilterError a filter makes no sense
 */
export function compilePolicies(policies: readonly EventPolicy[]): AuthorizationPolicies {
  const compiled = policies.map(({ tokenMatchers, filters }): CompiledPolicy => ({
    senders: tokenMatchers.flatMap(claimTests),
    filter: parseFilters({ dialectedFilter: filters }),
  }));
  return {
    grantOf(claims) {
      const grant = compiled.filter(({ senders }) => senders.some((test) => test(claims))).map(({ filter }) => filter);
      return grant.length === 0 ? undefined : grant;
    },
  };
}

/** Whether an event may be sent. An attribute that it lacks matches nothing (F-13). */
export function permits(grant: EventGrant, event: EventAttributes): boolean {
  return grant.some((filter) => evaluate(filter, event));
}

/** All named claims must match, each by one of its values; case counts. A kind of matcher that is not known matches nobody. */
function claimTests({ matcher }: TokenMatcher): ClaimTest[] {
  switch (matcher?.$case) {
    case 'exact':
      return [claimTest(matcher.value.attributes, (value, wanted) => value === wanted)];
    case 'prefix':
      return [claimTest(matcher.value.attributes, (value, wanted) => value.startsWith(wanted))];
    default:
      return [];
  }
}

function claimTest(
  attributes: Readonly<Record<string, string>>,
  matches: (value: string, wanted: string) => boolean,
): ClaimTest {
  const tests = Object.entries(attributes);
  return (claims) =>
    tests.every(([name, wanted]) => claims.get(name)?.some((value) => matches(value, wanted)) === true);
}
