import type { DeepPartial, Egress, Resource } from '@eventing-kafka/contract';
import { DeliveryError } from '@eventing-kafka/delivery';
import { DestinationGuard, type DestinationRules } from '@eventing-kafka/destination-guard';
import { createHttpSender, type HttpSender } from '@eventing-kafka/http-sender';
import { KafkaError, type KafkaRecord, type OutgoingRecord } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import type { TokenSource } from '@eventing-kafka/oidc';
import type { Tracing } from '@eventing-kafka/tracing';
import { createNoopMeter } from '@opentelemetry/api';
import { DeliveryLifetime } from '../src/delivery-lifetime.ts';
import { Destinations } from '../src/destinations.ts';
import { dispatch, type DispatchReport } from '../src/dispatch.ts';
import { EgressGates } from '../src/egress-gates.ts';
import { defaultEgressLimits } from '../src/egress-limits.ts';
import { planEgress, planResource, type EgressPlan } from '../src/egress-plan.ts';
import { HeldRecord } from '../src/held-record.ts';
import { EgressInstruments } from '../src/instruments.ts';
import { RecordBudget } from '../src/record-budget.ts';
import { broker, trigger } from './contract.ts';
import { startSubscriber, type Answer, type Subscriber } from './subscriber.ts';

/** One event, and who takes it in which way. */
export interface Setup {
  readonly subscriber?: (attempt: number) => Answer;
  readonly deadLetter?: (attempt: number) => Answer;
  readonly replyUrl?: (attempt: number) => Answer;
  /** Deliver elsewhere than to the subscriber. */
  readonly destination?: string;
  readonly config?: DeepPartial<NonNullable<Egress['egressConfig']>>;
  /** The settings are those of the resource, and the egress has none of its own. */
  readonly isResourceConfig?: boolean;
  readonly egress?: DeepPartial<Egress>;
  readonly resource?: DeepPartial<Resource>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value?: Buffer;
  readonly place?: { readonly partition: number; readonly offset: number };
  /** What may be called; absent: everything. */
  readonly guard?: DestinationRules;
  /** Certificates trusted for all targets, PEM. */
  readonly trustBundles?: readonly string[];
  /** How often storing a reply fails before it works. */
  readonly storeFailures?: number;
  /** How often the connection is closed by us before a request goes. */
  readonly closedConnections?: number;
  /** Goes on beside the delivery, from just before it begins. */
  readonly meanwhile?: (gates: EgressGates, change: (to: (plan: EgressPlan) => EgressPlan) => void) => Promise<void>;
  readonly maxReplyHops?: number;
  readonly tracing?: Tracing;
  readonly tokens?: TokenSource;
}

/** What became of the event: the report, what the subscriber, dead letter sink and reply URL got, and the replies stored. */
export interface Result {
  readonly report: DispatchReport;
  readonly s: Subscriber;
  readonly d: Subscriber;
  readonly r: Subscriber;
  readonly stored: readonly OutgoingRecord[];
  readonly plan: EgressPlan;
}

/** A behaviour: what is set up, and what is to come of it. */
export interface Row {
  readonly name: string;
  readonly setup: Setup;
  readonly check: (result: Result) => void;
}

/** Dispatches one event with a real sender to real subscribers; only the topic of replies is a list. */
export async function dispatched(setup: Setup, check: (result: Result) => void): Promise<void> {
  await using s = await startSubscriber(({ attempt }) => setup.subscriber?.(attempt) ?? 204);
  await using d = await startSubscriber(({ attempt }) => setup.deadLetter?.(attempt) ?? 204);
  await using r = await startSubscriber(({ attempt }) => setup.replyUrl?.(attempt) ?? 204);
  // The dead letter sink of a test is on this machine, whatever else is not allowed.
  const guard = setup.guard && new DestinationGuard({ ...setup.guard, allowLoopback: true });
  await using realSender = createHttpSender({ guard });
  let closed = setup.closedConnections ?? 0;
  const sender: HttpSender = {
    post: (request) => {
      closed -= 1;
      if (closed < 0) return realSender.post(request);
      return Promise.reject(new DeliveryError('DELIVERY_CLOSED', 'being closed', { retryable: false }));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const egressConfig = { ...(setup.deadLetter === undefined ? {} : { deadLetter: d.url }), ...setup.config };
  const egress = trigger('t', setup.destination ?? s.url, {
    ...(setup.isResourceConfig === true ? {} : { egressConfig }),
    ...(setup.replyUrl === undefined ? {} : { replyStrategy: { $case: 'replyUrl', value: r.url } }),
    ...setup.egress,
  });
  const planned = planEgress(
    planResource(
      broker('k:1', 't1', [egress], {
        ...(setup.isResourceConfig === true ? { egressConfig } : {}),
        ...setup.resource,
      }),
      { bootstrapServers: 'k:1' },
      setup.trustBundles ?? [],
      {
        canObtain: setup.tokens !== undefined,
        mayUseHttp: true,
      },
    ),
    egress,
  );
  if ('refusal' in planned) throw new Error(planned.refusal.message);
  const stored: OutgoingRecord[] = [];
  let failures = setup.storeFailures ?? 0;
  const producer = {
    inFlightBytes: 0,
    send: (record: OutgoingRecord) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new KafkaError('KAFKA_TIMEOUT', 'too slow', { retriable: true }));
      stored.push(record);
      return Promise.resolve({ partition: 0, offset: 0 });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const headers = {
    ce_specversion: '1.0',
    ce_id: 'abc',
    ce_source: 'http://localhost',
    ce_type: 'test',
    'content-type': 'application/json',
    ...setup.headers,
  };
  const record: KafkaRecord = {
    topic: 't1',
    partition: 0,
    offset: 0,
    timestampMs: 0,
    key: null,
    value: setup.value ?? Buffer.from('{"a": 1}'),
    headers: Object.entries(headers).map(([name, value]) => ({ name, value: Buffer.from(value) })),
    ...setup.place,
  };
  const gates = new EgressGates({
    destinations: new Destinations({}),
    maxInFlight: defaultEgressLimits.maxInFlight,
    isAdaptive: true,
    patienceMs: defaultEgressLimits.breakerPatienceMs,
    roomier: () => undefined,
    held: () => undefined,
  });
  gates.follow(planned.plan);
  let { plan } = planned;
  const meanwhile = setup.meanwhile?.(gates, (to) => {
    plan = to(planned.plan);
    gates.follow(plan);
  });
  const report = await dispatch({
    held: new HeldRecord(record, new RecordBudget(1_000_000), 0),
    plan: () => plan,
    lifetime: new DeliveryLifetime(),
    tools: {
      sender,
      gates,
      producer: () => Promise.resolve(producer),
      logger: silentLogger,
      meters: new EgressInstruments(createNoopMeter()).forEgress(planned.plan.reference),
      maxReplyHops: setup.maxReplyHops ?? 0,
      tracing: setup.tracing,
      tokens: setup.tokens,
    },
  });
  await meanwhile;
  check({ report, s, d, r, stored, plan: planned.plan });
}

/** Five retries that do not keep a test waiting. */
export const quick: DeepPartial<NonNullable<Egress['egressConfig']>> = {
  retry: 5,
  backoffPolicy: 1,
  backoffDelay: 1n,
  timeout: 1_000n,
};

/** How many requests subscriber, dead letter sink and reply URL got. */
export const requests = ({ s, d, r }: Result): number[] => [s.requests.length, d.requests.length, r.requests.length];

/** How the delivery ended. */
export const kind = ({ report }: Result): string => report.outcome.kind;

/** The error extensions of the dead letter. */
export const onlyError = (result: Result): Record<string, unknown> => {
  const headers = result.d.requests[0]?.headers ?? {};
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-knativeerror')));
};

/** Headers of an answer that is an event. */
export const event = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'ce-specversion': '1.0',
  'ce-id': '1234',
  'ce-source': 'subject',
  'ce-type': 'type',
  ...more,
});
