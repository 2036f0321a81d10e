import type { Resource } from '@eventing-kafka/contract';
import { ContentMode } from '@eventing-kafka/contract';
import { planAuthorization, type AuthorizationPlan } from './authorization-plan.ts';
import type { EventTypeSighting } from './event-types.ts';
import { hostNames, normalContractPath } from './request-target.ts';

/** What a resource asks of an ingress, checked: plain data, before anything is opened. */
export interface RoutePlan {
  readonly resourceUid: string;
  readonly topic: string;
  readonly bootstrapServers: string;
  readonly mode: 'binary' | 'structured';
  /** Normal form; '' if only hosts lead here. */
  readonly path: string;
  /** The contract's host and its short forms, in normal form. The first is the one that two resources cannot share. */
  readonly hosts: readonly string[];
  readonly auth: Resource['auth'];
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Who is told of as having taken a kind of event; undefined: nobody asks (receiver.md 12). */
  readonly eventTypesOf: EventTypeSighting['resource'] | undefined;
  /** Undefined: everybody may send. */
  readonly authorization: AuthorizationPlan | undefined;
}

/** Why a resource is not served here (CamelCase, as in conditions), and the same for a person. */
export interface PlanRefusal {
  readonly reason: string;
  readonly message: string;
  /** Whether what was served before may go on: not where the new wish was to keep somebody out, or to be elsewhere. */
  readonly keepsPrevious: boolean;
}

/** What becomes of one resource: a route, nothing (it has no ingress), or a refusal. */
export type RouteDecision =
  | { readonly kind: 'route'; readonly plan: RoutePlan }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: PlanRefusal };

/**
 * Decides on one resource by itself; conflicts with others are {@link decideOwners}' business. One that asks for tokens never leaves open
 * what was served before.
 *
 * @param canAuthenticate whether tokens can be checked here
 */
export function planRoute(resource: Resource, canAuthenticate = false): RouteDecision {
  const { ingress } = resource;
  if (ingress === undefined) return { kind: 'none' };
  const authorization = planAuthorization(ingress, canAuthenticate);
  if (authorization !== 'open' && 'reason' in authorization)
    return refused(authorization.reason, authorization.message, false);
  const mayStayOpen = authorization === 'open';
  const [topic, ...more] = resource.topics;
  if (topic === undefined || topic === '' || more.length > 0) {
    return refused(
      'TopicInvalid',
      `An ingress needs exactly one topic; the resource has ${resource.topics.length}.`,
      mayStayOpen,
    );
  }
  const bootstrapServers = resource.bootstrapServers.trim();
  const badServer = bootstrapServers.split(',').find((server) => !isServer(server.trim()));
  if (badServer !== undefined) {
    return refused(
      'BootstrapServersInvalid',
      `Bootstrap servers are host:port, separated by commas; found "${badServer.trim()}".`,
      mayStayOpen,
    );
  }
  if (ingress.contentMode !== ContentMode.BINARY && ingress.contentMode !== ContentMode.STRUCTURED) {
    return refused(
      'ContentModeUnknown',
      `The content mode ${ingress.contentMode} is unknown to this receiver.`,
      mayStayOpen,
    );
  }
  const path = normalContractPath(ingress.path);
  const hosts = hostNames(ingress.host);
  if (path === '' && hosts.length === 0) {
    return refused('AddressMissing', 'The ingress has neither a host nor a path other than "/".', false);
  }
  return {
    kind: 'route',
    plan: {
      resourceUid: resource.uid,
      topic,
      bootstrapServers,
      mode: ingress.contentMode === ContentMode.STRUCTURED ? 'structured' : 'binary',
      path,
      hosts,
      auth: resource.auth?.$case === 'absentAuth' ? undefined : resource.auth,
      kind: resource.reference?.kind ?? '',
      namespace: resource.reference?.namespace ?? '',
      name: resource.reference?.name ?? '',
      eventTypesOf: eventTypesOf(resource),
      authorization: authorization === 'open' ? undefined : authorization,
    },
  };
}

function eventTypesOf({ reference, featureFlags }: Resource): RoutePlan['eventTypesOf'] {
  if (reference === undefined || featureFlags?.enableEventTypeAutocreate !== true) return undefined;
  const { uuid, groupVersion, kind, namespace, name } = reference;
  return { uid: uuid, groupVersion, kind, namespace, name };
}

function refused(reason: string, message: string, keepsPrevious: boolean): RouteDecision {
  return { kind: 'refused', refusal: { reason, message, keepsPrevious } };
}

function isServer(server: string): boolean {
  const match = /^(?:[A-Z_]+:\/\/)?(\[[\dA-Fa-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(server);
  return match !== null && Number(match[2]) > 0 && Number(match[2]) < 65536;
}

/** Who gets which address. */
export interface Owners {
  /** The plans that are served, in order of their uids. */
  readonly served: readonly RoutePlan[];
  /** The ones that are not, because another resource holds their path or host. */
  readonly refused: ReadonlyMap<string, PlanRefusal>;
}

/**
 * Gives each path and host to the first that asks for it, in order of uids: so every receiver decides alike, whatever order
 * the changes came in. One that lacks any of its addresses is refused whole and holds none of them (F-22).
 */
export function decideOwners(plans: Iterable<RoutePlan>): Owners {
  const ordered = [...plans].sort((a, b) =>
    a.resourceUid < b.resourceUid ? -1 : a.resourceUid > b.resourceUid ? 1 : 0,
  );
  const paths = new Map<string, string>();
  const hosts = new Map<string, string>();
  const served: RoutePlan[] = [];
  const refusedPlans = new Map<string, PlanRefusal>();
  for (const plan of ordered) {
    const host = plan.hosts[0];
    const pathHolder = plan.path === '' ? undefined : paths.get(plan.path);
    const hostHolder = host === undefined ? undefined : hosts.get(host);
    if (pathHolder !== undefined) {
      refusedPlans.set(plan.resourceUid, {
        reason: 'PathConflict',
        message: `The path ${plan.path} belongs to resource ${pathHolder}.`,
        keepsPrevious: false,
      });
    } else if (host !== undefined && hostHolder !== undefined) {
      refusedPlans.set(plan.resourceUid, {
        reason: 'HostConflict',
        message: `The host ${host} belongs to resource ${hostHolder}.`,
        keepsPrevious: false,
      });
    } else {
      if (plan.path !== '') paths.set(plan.path, plan.resourceUid);
      if (host !== undefined) hosts.set(host, plan.resourceUid);
      served.push(plan);
    }
  }
  return { served, refused: refusedPlans };
}
