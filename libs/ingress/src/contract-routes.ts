import { isDeepStrictEqual } from 'node:util';
import type { ContractUpdate, RefusedPart } from '@eventing-kafka/contract';
import {
  refusedCredentialsFinder,
  type FindRefusedCredentials,
  type KafkaClients,
  type ProducerSettings,
} from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { Admission } from './admission.ts';
import type { ReportEventType } from './event-types.ts';
import type { IngressInstruments } from './instruments.ts';
import { differsInAuthOnly, openRefusal, openRoute } from './open-route.ts';
import { RouteCredentials, type ResolveSecurity } from './route-credentials.ts';
import type { PlanRefusal, RoutePlan } from './route-plan.ts';
import { decideOwners, planRoute } from './route-plan.ts';
import type { Route } from './route.ts';
import { RouteTable } from './route-table.ts';

/** What {@link ContractRoutes} works with. */
export interface ContractRoutesOptions {
  readonly kafka: KafkaClients;
  readonly producerSettings: ProducerSettings;
  readonly instruments: Pick<IngressInstruments, 'route' | 'forget'>;
  readonly logger: Logger;
  /** Opens the share of one ingress. */
  readonly openAdmission: () => Admission;
  readonly reportEventType?: ReportEventType | undefined;
  readonly resolveSecurity?: ResolveSecurity | undefined;
  /** Whether tokens can be checked here. */
  readonly canAuthenticate?: boolean;
}

/** How many routes are opened at one time. */
const openAtOnce = 32;

/**
 * The routes of the contract. `apply` opens what is new beside what is there and then puts the new table in the place of the
 * old one in a single step: a path that was served and still is meets no gap (F-02). What was replaced is released after its
 * last request.
 */
export class ContractRoutes implements AsyncDisposable {
  readonly #options: ContractRoutesOptions;
  /** What each resource asks for, also of those that cannot have it for now. */
  readonly #plans = new Map<string, RoutePlan>();
  /** What is wrong with a resource by itself. */
  readonly #refusals = new Map<string, PlanRefusal>();
  /** What keeps it from what another resource holds, and what kept it from being opened. */
  #conflicts: ReadonlyMap<string, PlanRefusal> = new Map();
  readonly #openFailures = new Map<string, PlanRefusal>();
  readonly #credentials: RouteCredentials;
  readonly #releasing = new Map<Route, Promise<void>>();
  #routes: ReadonlyMap<string, Route> = new Map();
  #table = new RouteTable<Route>([]);
  #applied = false;
  #disposed = false;

  constructor(options: ContractRoutesOptions) {
    this.#options = options;
    this.#credentials = new RouteCredentials(options.resolveSecurity);
  }

  /** The table of this moment. */
  get table(): RouteTable<Route> {
    return this.#table;
  }

  /** Whether a contract was applied, be it an empty one. */
  get applied(): boolean {
    return this.#applied;
  }

  /**
   * Applies an update; calls must not overlap. Resolves with every part that is not served, of the changed resources and of
   * those that lost an address to them.
   */
  async apply(update: ContractUpdate): Promise<readonly RefusedPart[]> {
    let changed = false;
    for (const uid of update.removedUids) changed = this.#forget(uid) || changed;
    for (const uid of update.changedUids) {
      const resource = update.resources.get(uid);
      const decision =
        resource === undefined ? ({ kind: 'none' } as const) : planRoute(resource, this.#options.canAuthenticate);
      if (decision.kind === 'none') {
        changed = this.#forget(uid) || changed;
      } else if (decision.kind === 'refused') {
        this.#refusals.set(uid, decision.refusal);
        if (!decision.refusal.keepsPrevious) changed = this.#plans.delete(uid) || changed;
      } else {
        this.#refusals.delete(uid);
        changed = this.#plan(decision.plan) || changed;
      }
    }
    if (changed) await this.#rebuild();
    this.#applied = true;
    return this.#refusedParts();
  }

  /** Resolves when nothing that was replaced holds a producer any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#releasing.values());
  }

  /** Gives all producers back; every request must be answered. Errors of closing are logged. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const routes = [...this.#routes.values()];
    this.#routes = new Map();
    this.#table = new RouteTable<Route>([]);
    for (const route of routes) this.#release(route);
    for (const route of this.#releasing.keys()) route.abandon();
    await this.settled();
  }

  /** Takes over what a resource asks for; says whether that is anything else than what it has. */
  #plan(plan: RoutePlan): boolean {
    const present = this.#routes.get(plan.resourceUid)?.plan;
    const isServed = isDeepStrictEqual(present, plan);
    this.#plans.set(plan.resourceUid, isServed && present !== undefined ? present : plan);
    // It may have asked for something else meanwhile that it could not have.
    if (isServed) this.#openFailures.delete(plan.resourceUid);
    return !isServed;
  }

  #forget(uid: string): boolean {
    this.#refusals.delete(uid);
    this.#openFailures.delete(uid);
    this.#credentials.forget(uid);
    return this.#plans.delete(uid);
  }

  async #rebuild(): Promise<void> {
    const { served, refused } = decideOwners(this.#plans.values());
    const next = new Map<string, Route>();
    const findRefused = refusedCredentialsFinder(this.#options.kafka);
    for (let start = 0; start < served.length; start += openAtOnce) {
      const routes = await Promise.all(
        served.slice(start, start + openAtOnce).map((plan) => this.#routeOf(plan, findRefused)),
      );
      for (const route of routes) if (route !== undefined) next.set(route.plan.resourceUid, route);
    }
    const replaced = [...this.#routes.values()].filter((route) => next.get(route.plan.resourceUid) !== route);
    if (this.#disposed) {
      // Stopped meanwhile: nothing opened here may stay open.
      for (const route of next.values()) this.#release(route);
      return;
    }
    this.#conflicts = refused;
    this.#routes = next;
    this.#table = new RouteTable(next.values());
    for (const route of replaced) {
      this.#release(route);
      if (!next.has(route.plan.resourceUid)) this.#options.instruments.forget(route.plan);
    }
  }

  async #routeOf(plan: RoutePlan, findRefused: FindRefusedCredentials): Promise<Route | undefined> {
    const present = this.#routes.get(plan.resourceUid);
    if (present?.plan === plan) return present;
    try {
      const route = await openRoute(plan, present, { ...this.#options, credentials: this.#credentials, findRefused });
      this.#openFailures.delete(plan.resourceUid);
      return route;
    } catch (error) {
      this.#openFailed(plan, error);
      // Only its credentials are bad, and there are others that work.
      return present !== undefined && differsInAuthOnly(present.plan, plan) ? present : undefined;
    }
  }

  #openFailed(plan: RoutePlan, error: unknown): void {
    const refusal = openRefusal(error);
    // It is tried again every few seconds.
    if (this.#openFailures.get(plan.resourceUid)?.message !== refusal.message)
      this.#options.logger.warn('ingress not opened', { resourceUid: plan.resourceUid, topic: plan.topic, error });
    this.#openFailures.set(plan.resourceUid, refusal);
  }

  #release(route: Route): void {
    const { resourceUid } = route.plan;
    const released = route[Symbol.asyncDispose]().catch((error: unknown) => {
      this.#options.logger.error('producer not closed', { resourceUid, topic: route.topic, error });
    });
    this.#releasing.set(route, released);
    void released.finally(() => this.#releasing.delete(route));
  }

  #refusedParts(): readonly RefusedPart[] {
    const parts: RefusedPart[] = [];
    for (const refusals of [this.#refusals, this.#conflicts, this.#openFailures]) {
      for (const [resourceUid, { reason, message }] of refusals)
        parts.push({ resourceUid, egressUid: '', reason, message });
    }
    return parts;
  }
}
