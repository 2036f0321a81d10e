import {
  isCodecError,
  readHttpResponseEvent,
  toHttpRequest,
  toRecord,
  toSpecVersion1,
  withExtensions,
  type EventView,
} from '@eventing-kafka/cloudevents-codec';
import {
  deadLetterExtensions,
  delayBeforeRetryMs,
  DeliveryError,
  isDeliveryError,
  responseClass,
  type DispatchOutcome,
  type Endpoint,
  type FailedResponse,
} from '@eventing-kafka/delivery';
import type { HttpResponse, HttpSender } from '@eventing-kafka/http-sender';
import { isKafkaError, type EventProducer } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { TokenSource } from '@eventing-kafka/oidc';
import { traceRecordHeaders, type DeliveryTrace, type TraceHeaders, type Tracing } from '@eventing-kafka/tracing';
import type { DeliveryLifetime } from './delivery-lifetime.ts';
import type { EgressGates } from './egress-gates.ts';
import type { EgressPlan } from './egress-plan.ts';
import { deliveredExtensions } from './filter-probe.ts';
import type { HeldRecord } from './held-record.ts';
import { hopsExtension, repliesLeft } from './reply-hops.ts';
import type { EgressMeters, RequestTarget } from './instruments.ts';
import { nothingTold, resultOfAnswer, resultOfError } from './request-result.ts';
import type { GatePass, TargetGate } from './target-gate.ts';
import { targetToken } from './target-tokens.ts';
import { addTraceHeaders, beginTrace, endTrace, traceHeadersIn } from './traced-delivery.ts';

/** What deliveries of an egress work with. */
export interface DispatchTools {
  readonly sender: HttpSender;
  /** What each request has to pass. */
  readonly gates: EgressGates;
  /** Replies that may follow one from another in a topic; 0: as many as come. */
  readonly maxReplyHops: number;
  /** The producer of replies, made when the first reply comes. */
  readonly producer: () => Promise<EventProducer>;
  readonly logger: Logger;
  readonly meters: EgressMeters;
  /** Absent: the trace context of records goes on to whoever is called as it is. */
  readonly tracing?: Tracing | undefined;
  /** Tokens for targets that ask for them; absent: there are none. */
  readonly tokens?: TokenSource | undefined;
}

/** One event on its way to one egress. */
export interface Dispatch {
  readonly held: HeldRecord;
  /** The plan as it is now: a changed destination is taken up by the next attempt. */
  readonly plan: () => EgressPlan;
  readonly lifetime: DeliveryLifetime;
  readonly tools: DispatchTools;
  /** Set by {@link dispatch} when the event is traced. */
  readonly trace?: DeliveryTrace | undefined;
}

/** How a target took an event. */
type TargetResult =
  | { readonly kind: 'taken'; readonly statusCode: number }
  | { readonly kind: 'failed'; readonly error: DeliveryError; readonly response?: FailedResponse }
  | { readonly kind: 'interrupted' };

/** How a reply fared; `again` asks for the event to be delivered once more. */
type ReplyResult =
  { readonly kind: 'handled' } | { readonly kind: 'interrupted' } | (FailedResult & { readonly again: boolean });
type FailedResult = Extract<TargetResult, { readonly kind: 'failed' }>;

/** How long an event waits whose connection was closed by us. */
const closedPauseMs = 100;

const handled: ReplyResult = { kind: 'handled' };
const interrupted = { kind: 'interrupted' } as const;

/** What an event was delivered as, for the caller's metrics and logs. */
export interface DispatchReport {
  readonly outcome: DispatchOutcome;
  /** Status of the subscriber's last answer; 0: it gave none. */
  readonly statusCode: number;
  /** When the subscriber's part was over and that of the dead letter sink began, by `performance.now()`; absent: there was none. */
  readonly subscriberDoneMs?: number;
}

/**
 * Takes one event through delivery, retries, reply and dead letter to its outcome. Never rejects: whatever goes wrong is an
 * outcome, so that each record gets exactly one.
 *
 * ```text
 *   POST subscriber ──2xx──▶ reply? ──none or handled──────────────▶ delivered
 *        │   ▲                  │ not stored (the budget decides)
 *        │   └─── back-off ◀────┤
 *        ▼ failed for good      ▼
 *   POST dead letter sink ──2xx (and its reply handled)────────────▶ dead-lettered
 *        └─────────────── failed, or there is none ────────────────▶ abandoned: the event is lost
 * ```
 */
export async function dispatch(task: Dispatch): Promise<DispatchReport> {
  const { held, tools } = task;
  const trace = tools.tracing === undefined ? undefined : beginTrace(tools.tracing, held, task.plan());
  if (trace === undefined) return dispatchEvent(task);
  const report = await dispatchEvent({ ...task, trace });
  endTrace(trace, report.outcome);
  return report;
}

async function dispatchEvent(task: Dispatch): Promise<DispatchReport> {
  const { held, tools } = task;
  const received = held.eventFor(task.plan().selection.wrapping);
  if (received === undefined) return { outcome: { kind: 'discarded', reason: messageOf(held.problem) }, statusCode: 0 };
  try {
    const event = withExtensions(received, deliveredExtensions(held.record, task.plan().selection.overrides));
    const result = await deliver(task, event, 'subscriber', (plan) => plan.delivery.subscriber);
    if (result.kind === 'taken')
      return { outcome: { kind: 'delivered', statusCode: result.statusCode }, statusCode: result.statusCode };
    if (result.kind === 'interrupted') return { outcome: interrupted, statusCode: 0 };
    const subscriberDoneMs = performance.now();
    return {
      outcome: await deadLetter(task, event, result),
      statusCode: result.response?.statusCode ?? 0,
      subscriberDoneMs,
    };
  } catch (error) {
    tools.logger.error('event was lost by an unexpected failure', { ...place(task), error });
    const cause = new DeliveryError('DELIVERY_REQUEST_INVALID', messageOf(error), { retryable: false, cause: error });
    return { outcome: { kind: 'abandoned', cause }, statusCode: 0 };
  }
}

async function deadLetter(task: Dispatch, event: EventView, failure: FailedResult): Promise<DispatchOutcome> {
  const plan = task.plan();
  const cause = failure.error;
  if (plan.delivery.deadLetter === undefined) {
    task.tools.logger.error('event was lost: the subscriber failed and there is no dead letter sink', {
      ...place(task),
      error: cause,
    });
    return { kind: 'abandoned', cause };
  }
  const { set, remove } = deadLetterExtensions({
    destination: plan.delivery.subscriber.url,
    response: failure.response,
  });
  const changes: Record<string, string | undefined> = { ...set };
  for (const name of remove) changes[name] = undefined;
  const dead = withExtensions(toSpecVersion1(event), changes);
  const result = await deliver(task, dead, 'deadLetterSink', (current) => current.delivery.deadLetter);
  switch (result.kind) {
    case 'taken':
      task.tools.logger.debug('event went to the dead letter sink', { ...place(task), error: cause });
      return { kind: 'dead-lettered', cause };
    case 'interrupted':
      return interrupted;
    case 'failed':
      task.tools.logger.error('event was lost: the subscriber and the dead letter sink failed', {
        ...place(task),
        error: cause,
        deadLetterError: result.error,
      });
      return { kind: 'abandoned', cause };
  }
}

/**
 * POSTs to one target until it took the event, failed for good, or the retries are used up. A target that is left alone for a while is
 * waited for, which uses up none of them.
 */
async function deliver(
  task: Dispatch,
  event: EventView,
  target: RequestTarget,
  endpointOf: (plan: EgressPlan) => Endpoint | undefined,
): Promise<TargetResult> {
  const { lifetime } = task;
  const gate = task.tools.gates[target];
  let pass: GatePass | undefined;
  for (let retry = 1; ; retry += 1) {
    if (lifetime.ended) return interrupted;
    const entered = gate.enter(lifetime, pass);
    pass = entered instanceof Promise ? await passWaitedFor(entered, gate, lifetime, pass) : entered;
    const plan = task.plan();
    const endpoint = endpointOf(plan);
    if (endpoint === undefined) {
      if (pass !== undefined) gate.leave(pass, nothingTold);
      return { kind: 'failed', error: refused('The target was taken out of the contract') };
    }
    if (pass === undefined) return interrupted;
    const attempt = await post(task, plan, event, target, endpoint, pass);
    let failure: FailedResult;
    let again: boolean;
    let retryAfter: string | undefined;
    if (attempt.kind === 'answer') {
      const { response } = attempt;
      const statusClass = responseClass(response.statusCode);
      if (statusClass === 'accepted') return { kind: 'taken', statusCode: response.statusCode };
      if (statusClass === 'answered') {
        const reply = target === 'reply' ? handled : await handleReply(task, plan, response);
        if (reply.kind === 'handled') return { kind: 'taken', statusCode: response.statusCode };
        if (reply.kind === 'interrupted') return interrupted;
        failure = reply;
        again = reply.again;
      } else {
        failure = {
          kind: 'failed',
          error: refused(`${endpoint.url} answered ${response.statusCode}`, statusClass === 'retryable'),
          response,
        };
        again = statusClass === 'retryable';
        retryAfter = headerOf(response.headers, 'retry-after');
      }
    } else {
      // What the end of the lifetime cut off says nothing about the target.
      if (lifetime.signal.aborted) return interrupted;
      if (attempt.error.code === 'DELIVERY_CLOSED') {
        // Nor do connections that we closed ourselves, which cost the event no attempt.
        if (!(await lifetime.sleep(closedPauseMs))) return interrupted;
        retry -= 1;
        continue;
      }
      failure = { kind: 'failed', error: attempt.error };
      again = attempt.error.retryable;
    }
    if (!again) return failure;
    const cause = { statusCode: failure.response?.statusCode, retryAfter };
    const delayMs = delayBeforeRetryMs(plan.delivery.policy.retry, retry, cause);
    if (delayMs === undefined) return failure;
    task.tools.logger.debug('delivery failed and is tried again', {
      ...place(task),
      target,
      retry,
      delayMs,
      error: failure.error,
    });
    if (!(await lifetime.sleep(delayMs))) return interrupted;
    task.tools.meters.retried();
  }
}

/** The pass of a request that waits; `undefined` once the lifetime ended, or when the gate leads nowhere. */
async function passWaitedFor(
  waiting: Promise<GatePass | undefined>,
  gate: TargetGate,
  lifetime: DeliveryLifetime,
  before: GatePass | undefined,
): Promise<GatePass | undefined> {
  const pass = await waiting;
  if (pass !== undefined || lifetime.ended) return pass;
  // Whoever waits is let go when the target is taken away, and by now there may be another.
  const again = gate.enter(lifetime, before);
  return again instanceof Promise ? passWaitedFor(again, gate, lifetime, before) : again;
}

type Attempt =
  | { readonly kind: 'answer'; readonly response: HttpResponse }
  | { readonly kind: 'error'; readonly error: DeliveryError };

/** One request, which gives its pass back. */
async function post(
  task: Dispatch,
  plan: EgressPlan,
  event: EventView,
  target: RequestTarget,
  endpoint: Endpoint,
  pass: GatePass,
): Promise<Attempt> {
  const { tools, lifetime } = task;
  const trace = task.trace?.request(endpoint.url);
  let result = nothingTold;
  tools.meters.inFlight(target, 1);
  try {
    const { headers, body } = toHttpRequest(event, plan.delivery.contentMode);
    for (const text of plan.requestHeaders) headers.push(text);
    const token = endpoint.audience === '' ? undefined : await targetToken(tools.tokens, plan.account, endpoint);
    if (token !== undefined) headers.push('authorization', token.authorization);
    addTraceHeaders(trace?.headers ?? passedOn(task), headers);
    const response = await tools.sender.post({
      url: endpoint.url,
      headers,
      body,
      timeoutMs: plan.delivery.policy.attemptTimeoutMs,
      signal: lifetime.signal,
      ...(endpoint.caPem === '' ? {} : { caPem: endpoint.caPem }),
    });
    trace?.answered(response.statusCode);
    if (response.statusCode === 401) token?.rejected();
    result = resultOfAnswer(endpoint.url, response, plan.delivery.policy.retry);
    if (!result.taken) tools.meters.failedAttempt('DELIVERY_REFUSED');
    return { kind: 'answer', response };
  } catch (error) {
    trace?.failed(error instanceof Error ? error : new Error(String(error)));
    if (!isDeliveryError(error)) throw error;
    result = resultOfError(error);
    tools.meters.failedAttempt(error.code);
    return { kind: 'error', error };
  } finally {
    tools.meters.inFlight(target, -1);
    tools.gates[target].leave(pass, result);
  }
}

/** What the answer of a subscriber or dead letter sink holds, and where it goes (dispatcher specification, clauses 9 and 12). */
async function handleReply(task: Dispatch, plan: EgressPlan, response: HttpResponse): Promise<ReplyResult> {
  const { reply } = plan.delivery;
  if (reply.kind === 'discard') return handled;
  let event: EventView | undefined;
  try {
    event = readHttpResponseEvent(response.headers, response.body);
  } catch (error) {
    if (!isCodecError(error)) throw error;
    return {
      kind: 'failed',
      error: refused(`The reply is not a valid CloudEvent: ${error.message}`, false, error),
      again: false,
    };
  }
  if (event === undefined) return handled;
  if (reply.kind === 'endpoint') {
    const result = await deliver(task, event, 'reply', (current) =>
      current.delivery.reply.kind === 'endpoint' ? current.delivery.reply.endpoint : undefined,
    );
    if (result.kind === 'taken') return handled;
    return result.kind === 'interrupted' ? interrupted : { ...result, again: false };
  }
  const left = repliesLeftTo(task);
  if (left === 0) {
    task.tools.meters.replyDropped();
    task.tools.logger.error('reply was dropped: too many followed one from another', {
      ...place(task),
      type: event.type,
    });
    return handled;
  }
  if (left !== undefined) event = withExtensions(event, { [hopsExtension]: left - 1 });
  const trace = task.trace?.reply(plan.replyTopic, event);
  try {
    const producer = await task.tools.producer();
    const { key, value, headers } = toRecord(event, 'binary');
    await producer.send({
      topic: plan.replyTopic,
      key,
      value,
      headers: [...traceRecordHeaders(trace?.headers), ...headers],
    });
    trace?.end();
    return handled;
  } catch (error) {
    trace?.end(error instanceof Error ? error : new Error(String(error)));
    if (!isKafkaError(error)) throw error;
    const failure = refused(
      `The reply could not be stored in topic ${plan.replyTopic}: ${error.message}`,
      error.retriable,
      error,
    );
    return { kind: 'failed', error: failure, again: error.retriable };
  }
}

/** How many replies may follow from the event at hand; undefined: nobody counts. */
function repliesLeftTo({ held, tools }: Dispatch): number | undefined {
  if (tools.maxReplyHops === 0 || held.event === undefined) return undefined;
  return repliesLeft(held.event, tools.maxReplyHops);
}

/** What of the record's own headers goes on when nobody traces: W3C trace context, and nothing else. */
function passedOn({ held, tools }: Dispatch): TraceHeaders {
  return tools.tracing === undefined ? traceHeadersIn(held.record.headers) : noTrace;
}

const noTrace: TraceHeaders = {};

function headerOf(headers: readonly string[], wanted: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === wanted) return headers[index + 1];
  }
  return undefined;
}

function refused(message: string, retryable = false, cause?: unknown): DeliveryError {
  return new DeliveryError('DELIVERY_REFUSED', message, { retryable, cause });
}

function place({ held, plan }: Dispatch): Record<string, unknown> {
  const { uid, consumerGroup, reference } = plan();
  const { topic, partition, offset } = held.record;
  return {
    egressUid: uid,
    consumerGroup,
    egress: `${reference.namespace}/${reference.name}`,
    topic,
    partition,
    offset,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
