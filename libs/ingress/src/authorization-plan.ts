import type { EventPolicy, Ingress } from '@eventing-kafka/contract';
import { compilePolicies, type AuthorizationPolicies } from './authorization-policies.ts';

/** Who may send to an ingress, as the contract says it: plain data. */
export interface AuthorizationPlan {
  /** Whom a sender's token must be for. */
  readonly audience: string;
  readonly policies: readonly EventPolicy[];
}

/** Why the wish of an ingress to be guarded cannot be met. */
export interface AuthorizationRefusal {
  readonly reason: 'AuthenticationUnsupported' | 'EventPolicyInvalid';
  readonly message: string;
}

/** The plan of an ingress, `open` if it asks for no tokens, or why it cannot be served. */
export function planAuthorization(
  { audience, eventPolicies: policies }: Ingress,
  canAuthenticate: boolean,
): AuthorizationPlan | AuthorizationRefusal | 'open' {
  if (audience === '') return 'open';
  if (!canAuthenticate) {
    // Serving it open would let in whom its owner keeps out.
    const message = `The ingress asks for tokens of audience ${audience}, which this receiver cannot check.`;
    return { reason: 'AuthenticationUnsupported', message };
  }
  try {
    compilePolicies(policies);
  } catch (error) {
    const message = `An event policy cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    return { reason: 'EventPolicyInvalid', message };
  }
  return { audience, policies };
}

/** What a route checks of its requests. */
export interface RouteAuthorization {
  readonly audience: string;
  readonly policies: AuthorizationPolicies;
}

/** Makes a plan ready to be used; it was compiled before without complaint. */
export function openAuthorization(plan: AuthorizationPlan | undefined): RouteAuthorization | undefined {
  return plan === undefined ? undefined : { audience: plan.audience, policies: compilePolicies(plan.policies) };
}
