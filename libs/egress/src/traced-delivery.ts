import type { DispatchOutcome } from '@eventing-kafka/delivery';
import type { RecordHeader } from '@eventing-kafka/kafka-client';
import { traceHeaderNames, type DeliveryTrace, type TraceHeaders, type Tracing } from '@eventing-kafka/tracing';
import type { EgressPlan } from './egress-plan.ts';
import type { HeldRecord } from './held-record.ts';

/** Begins the trace of a delivery below that of the record's producer; undefined: there is none (dispatcher specification, clause 16). */
export function beginTrace(
  tracing: Tracing,
  { record, event }: HeldRecord,
  plan: EgressPlan,
): DeliveryTrace | undefined {
  if (event === undefined || !record.headers.some(({ name }) => name === 'traceparent')) return undefined;
  const { topic, partition, offset } = record;
  const { consumerGroup } = plan;
  return tracing.deliver(traceHeadersIn(record.headers), { topic, partition, offset, consumerGroup, event });
}

/** Ends it as the delivery ended. What was cut off is done again, by whoever has the partition then, as a delivery of its own. */
export function endTrace(trace: DeliveryTrace, outcome: DispatchOutcome): void {
  if (outcome.kind === 'dead-lettered' || outcome.kind === 'abandoned') trace.end(outcome.cause);
  else trace.end();
}

/** The W3C trace context of a record, as text. */
export function traceHeadersIn(headers: readonly RecordHeader[]): TraceHeaders {
  const found: Record<string, string> = {};
  for (const { name, value } of headers) {
    if (value !== null && traceHeaderNames.some((wanted) => wanted === name)) found[name] = value.toString('latin1');
  }
  return found;
}

/** Adds trace context to flat request headers, in one place for those that are traced and those that only pass by. */
export function addTraceHeaders(context: TraceHeaders, headers: string[]): void {
  for (const name of traceHeaderNames) {
    const text = context[name];
    // A line break or another control character would end the header, or the request.
    if (text !== undefined && /^[\t\x20-\x7e]*$/.test(text)) headers.push(name, text);
  }
}
