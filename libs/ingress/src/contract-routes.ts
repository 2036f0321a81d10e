import { isDeepStrictEqual } from 'node:util';
import type { ContractUpdate, RefusedPart } from '@eventing-kafka/contract';
import type { KafkaClients, KafkaSecurity, ProducerSettings } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { IngressInstruments } from './instruments.ts';
import type { PlanRefusal, RoutePlan } from './route-plan.ts';
import { decideOwners, planRoute } from './route-plan.ts';
import { Route } from './route.ts';
import { RouteTable } from './route-table.ts';

/** Turns the credentials that a resource refers to into what Kafka is told. Rejects when they are missing or make no sense. */
export type ResolveSecurity = (auth: NonNullable<RoutePlan['auth']>) => Promise<KafkaSecurity>;

/** What {@link ContractRoutes} works with. */
export interface ContractRoutesOptions {
  readonly kafka: KafkaClients;
  readonly producerSettings: ProducerSettings;
  readonly instruments: Pick<IngressInstruments, 'route' | 'forget'>;
  readonly logger: Logger;
  readonly resolveSecurity?: ResolveSecurity | undefined;
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
  readonly #releasing = new Map<Route, Promise<void>>();
  #routes: ReadonlyMap<string, Route> = new Map();
  #table = new RouteTable<Route>([]);
  #applied = false;
  #disposed = false;

  constructor(options: ContractRoutesOptions) {
    this.#options = options;
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
      const decision = resource === undefined ? ({ kind: 'none' } as const) : planRoute(resource);
      if (decision.kind === 'none') {
        changed = this.#forget(uid) || changed;
      } else if (decision.kind === 'refused') {
        this.#refusals.set(uid, decision.refusal);
        if (!decision.refusal.keepsPrevious) changed = this.#plans.delete(uid) || changed;
      } else {
        this.#refusals.delete(uid);
        if (isDeepStrictEqual(this.#plans.get(uid), decision.plan) && this.#routes.has(uid)) continue;
        this.#plans.set(uid, decision.plan);
        changed = true;
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

  #forget(uid: string): boolean {
    this.#refusals.delete(uid);
    this.#openFailures.delete(uid);
    return this.#plans.delete(uid);
  }

  async #rebuild(): Promise<void> {
    const { served, refused } = decideOwners(this.#plans.values());
    const next = new Map<string, Route>();
    for (let start = 0; start < served.length; start += openAtOnce) {
      const routes = await Promise.all(served.slice(start, start + openAtOnce).map((plan) => this.#routeOf(plan)));
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

  async #routeOf(plan: RoutePlan): Promise<Route | undefined> {
    const present = this.#routes.get(plan.resourceUid);
    if (present?.plan === plan) return present;
    try {
      const route = await this.#open(plan);
      this.#openFailures.delete(plan.resourceUid);
      return route;
    } catch (error) {
      this.#openFailures.set(plan.resourceUid, openRefusal(error));
      this.#options.logger.warn('ingress not opened', { resourceUid: plan.resourceUid, topic: plan.topic, error });
      return undefined;
    }
  }

  async #open(plan: RoutePlan): Promise<Route> {
    const { kafka, producerSettings, instruments, resolveSecurity } = this.#options;
    if (plan.auth === undefined) {
      const producer = await kafka.producer({ bootstrapServers: plan.bootstrapServers }, producerSettings);
      return new Route(plan, producer, instruments.route(plan));
    }
    if (resolveSecurity === undefined)
      throw new CredentialsError('CredentialsUnsupported', 'This receiver cannot read Kafka credentials.');
    const security = await resolveSecurity(plan.auth).catch((cause: unknown) => {
      throw new CredentialsError('CredentialsInvalid', `The Kafka credentials cannot be used: ${messageOf(cause)}`, {
        cause,
      });
    });
    const producer = await kafka.producer({ bootstrapServers: plan.bootstrapServers, security }, producerSettings);
    return new Route(plan, producer, instruments.route(plan));
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

/** Credentials that are needed and not there. */
class CredentialsError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

function openRefusal(error: unknown): PlanRefusal {
  const reason = error instanceof CredentialsError ? error.reason : 'ProducerFailed';
  return { reason, message: messageOf(error), keepsPrevious: false };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
