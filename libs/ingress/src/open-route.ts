import { isDeepStrictEqual } from 'node:util';
import type { FindRefusedCredentials, KafkaClients, ProducerSettings } from '@eventing-kafka/kafka-client';
import type { Admission } from './admission.ts';
import { EventTypes, type ReportEventType } from './event-types.ts';
import type { IngressInstruments } from './instruments.ts';
import { RouteCredentialsError, type RouteCredentials } from './route-credentials.ts';
import type { PlanRefusal, RoutePlan } from './route-plan.ts';
import { Route } from './route.ts';

/** What {@link openRoute} works with. */
export interface OpenRouteOptions {
  readonly kafka: KafkaClients;
  readonly producerSettings: ProducerSettings;
  readonly instruments: Pick<IngressInstruments, 'route'>;
  /** Opens the share of one ingress. */
  readonly openAdmission: () => Admission;
  readonly reportEventType?: ReportEventType | undefined;
  readonly credentials: RouteCredentials;
  readonly findRefused: FindRefusedCredentials;
}

/**
 * Opens a route for a plan. Where it only has other credentials than the route at `present`, Kafka is asked first whether it takes them, so
 * that a mistyped password does not take the place of one that works.
 */
export async function openRoute(
  plan: RoutePlan,
  present: Route | undefined,
  options: OpenRouteOptions,
): Promise<Route> {
  const { kafka, producerSettings, instruments, credentials, findRefused } = options;
  const security = await credentials.securityOf(plan);
  const cluster = { bootstrapServers: plan.bootstrapServers, ...(security === undefined ? {} : { security }) };
  if (security !== undefined && present !== undefined && differsInAuthOnly(present.plan, plan)) {
    const refused = await findRefused(cluster, plan.topic);
    if (refused !== undefined) {
      const message = `Kafka refuses the new credentials, the ones before go on: ${refused.message}`;
      throw new RouteCredentialsError('CredentialsRefused', message, { cause: refused });
    }
  }
  const producer = await kafka.producer(cluster, producerSettings);
  return new Route(plan, {
    producer,
    measurements: instruments.route(plan),
    admission: options.openAdmission(),
    eventTypes:
      plan.eventTypesOf === undefined || options.reportEventType === undefined
        ? undefined
        : new EventTypes(plan.eventTypesOf, options.reportEventType),
  });
}

/**
 * Whether the route at `before` may go on where `after` cannot be opened: it leads to the same place, with other credentials. One without any
 * may not: whoever asks for credentials may ask for encryption with them.
 */
export function differsInAuthOnly(before: RoutePlan, after: RoutePlan): boolean {
  if (before.auth === undefined || after.auth === undefined) return false;
  return isDeepStrictEqual({ ...before, auth: undefined }, { ...after, auth: undefined });
}

/** What is said of a route that could not be opened. */
export function openRefusal(error: unknown): PlanRefusal {
  const reason = error instanceof RouteCredentialsError ? error.reason : 'ProducerFailed';
  return { reason, message: error instanceof Error ? error.message : String(error), keepsPrevious: false };
}
