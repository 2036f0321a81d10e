import type { EncodedRecord, EventView } from '@eventing-kafka/cloudevents-codec';
import { traceRecordHeaders, type IngestTrace, type Tracing } from '@eventing-kafka/tracing';
import type { EventRequest } from './event-request.ts';
import { targetPath } from './request-target.ts';

/** Begins the trace of a request to a known route, if its caller traces or the ratio picks it (receiver.md 13). */
export function beginTrace(request: EventRequest, tracing: Tracing): void {
  const { headers } = request;
  const traceparent = headers['traceparent'];
  if (traceparent === undefined && !tracing.startsTraces) return;
  const texts = {
    traceparent: joined(traceparent),
    tracestate: joined(headers['tracestate']),
    baggage: joined(headers['baggage']),
  };
  const scheme = 'encrypted' in request.socket ? 'https' : 'http';
  request.trace = tracing.ingest(texts, { method: 'POST', path: targetPath(request.url ?? ''), scheme });
}

/** Ends it with the answer; undefined: the sender left before there was one. */
export function endTrace(request: EventRequest, statusCode: number | undefined): void {
  const { trace } = request;
  request.trace = undefined;
  if (statusCode === undefined) trace?.lost();
  else trace?.answered(statusCode);
}

/** Sends a record that carries the trace on, before the headers of the event. */
export function sendTraced(
  trace: IngestTrace,
  topic: string,
  event: EventView,
  record: EncodedRecord,
  send: (record: EncodedRecord) => Promise<unknown>,
): Promise<unknown> {
  const produce = trace.produce(topic, event);
  const sending = send({ ...record, headers: [...traceRecordHeaders(produce.headers), ...record.headers] });
  sending.then(
    () => produce.end(),
    (error: unknown) => produce.end(error instanceof Error ? error : new Error(String(error))),
  );
  return sending;
}

function joined(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(',') : value;
}
