import type { EventView } from '@eventing-kafka/cloudevents-codec';
import type { Logger } from '@eventing-kafka/logging';
import type { TokenProblem, TokenVerdict, TokenVerifier } from '@eventing-kafka/oidc';
import { permits, type EventGrant } from './authorization-policies.ts';
import type { RouteAuthorization } from './authorization-plan.ts';
import type { EventRequest } from './event-request.ts';
import { firstHeader } from './first-header.ts';
import { Occasional } from './occasional.ts';
import type { RefusalReason } from './refusals.ts';
import type { Route } from './route.ts';

/** What a look at a request's token decided. */
export type AdmissionDecision =
  | { readonly kind: 'granted'; readonly subject: string; readonly grant: EventGrant }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/**
 * Decides who may send what (receiver.md 10): first by the token alone, before anything of the body is read, then by the event. What it
 * refuses goes to the log once in a while for each resource and reason (security.md 6.6).
 */
export class AuthorizationGate {
  readonly #verifier: TokenVerifier;
  readonly #logger: Logger;
  readonly #occasional = new Occasional(10_000, () => performance.now());

  constructor(verifier: TokenVerifier, logger: Logger) {
    this.#verifier = verifier;
    this.#logger = logger;
  }

  /** By the token: at once where that is possible, else by a promise. */
  decide(
    request: EventRequest,
    route: Route,
    authorization: RouteAuthorization,
  ): AdmissionDecision | Promise<AdmissionDecision> {
    const verdict = this.#verifier.verify(firstHeader(request.rawHeaders, 'authorization'), authorization.audience);
    return verdict instanceof Promise
      ? verdict.then((late) => this.#decideOn(late, request, route, authorization))
      : this.#decideOn(verdict, request, route, authorization);
  }

  /** By the events: every one of a request must be permitted, or none of them is. */
  permits(request: EventRequest, route: Route, events: readonly EventView[]): boolean {
    const { granted } = request;
    if (granted === undefined || events.every((event) => permits(granted.grant, event))) return true;
    this.#tell(request, route, 'event-not-authorized', { subject: granted.subject });
    return false;
  }

  #decideOn(
    verdict: TokenVerdict,
    request: EventRequest,
    route: Route,
    { policies }: RouteAuthorization,
  ): AdmissionDecision {
    switch (verdict.kind) {
      case 'valid': {
        const { subject } = verdict;
        const grant = policies.grantOf(verdict.claims);
        if (grant !== undefined) return { kind: 'granted', subject, grant };
        return this.#tell(request, route, 'sender-not-authorized', { subject });
      }
      case 'refused':
        return this.#tell(request, route, reasonOf(verdict.problem), { problem: verdict.problem });
      case 'no-keys':
        return this.#tell(request, route, 'no-token-keys', {});
    }
  }

  /** Subjects are those of verified tokens only: anybody can write any name into another. */
  #tell(
    { socket }: EventRequest,
    { plan }: Route,
    reason: RefusalReason,
    more: { readonly subject?: string; readonly problem?: TokenProblem },
  ): AdmissionDecision {
    const held = this.#occasional.pass(`${plan.resourceUid} ${reason} ${more.problem ?? ''}`);
    if (held !== undefined) {
      const { kind, namespace, name, resourceUid } = plan;
      const fields = { resource: `${kind} ${namespace}/${name}`, resourceUid, reason, ...more };
      this.#logger.warn('request not authorized', { ...fields, peer: socket.remoteAddress, notLogged: held });
    }
    return { kind: 'refused', reason };
  }
}

function reasonOf(problem: TokenProblem): RefusalReason {
  return problem === 'missing' || problem === 'not-bearer' ? 'no-token' : 'invalid-token';
}
