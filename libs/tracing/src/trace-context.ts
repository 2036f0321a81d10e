import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** What travels with a request or a record, as text: W3C Trace Context and W3C Baggage. */
export interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

/** The names of {@link TraceHeaders}, in the order they are written. */
export const traceHeaderNames = ['traceparent', 'tracestate', 'baggage'] as const;

const propagator = new W3CTraceContextPropagator();

/** A line break or another control character would end a header, or the request. */
const printable = /^[\t\x20-\x7e]*$/;

/** Longest baggage that is passed on, in characters (W3C Baggage 3.3.2 asks for 8192 bytes). */
const maxBaggageLength = 8192;

/**
 * The caller's context. Of a `traceparent` that came twice the first counts. Undefined without a valid one (W3C Trace Context
 * 3.2.2): upper-case digits, ids of zeros only, version `ff`.
 */
export function readTraceContext({ traceparent, tracestate }: TraceHeaders): Context | undefined {
  if (traceparent === undefined) return undefined;
  const carrier: Record<string, string> = { traceparent: firstOf(traceparent) };
  if (tracestate !== undefined) carrier['tracestate'] = tracestate;
  const context = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
  return context === ROOT_CONTEXT ? undefined : context;
}

/** What to send on so that whoever gets it continues `span`. Baggage goes on as it came, or not at all if it cannot be a header. */
export function traceHeadersOf(span: Span, baggage: string | undefined): TraceHeaders {
  const carrier: Record<string, string> = {};
  propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
  const { traceparent, tracestate } = carrier as TraceHeaders;
  const passed = baggage !== undefined && baggage.length <= maxBaggageLength && printable.test(baggage);
  return {
    traceparent,
    ...(tracestate === undefined || tracestate === '' ? {} : { tracestate }),
    ...(passed ? { baggage } : {}),
  };
}

/** Trace context as headers of a record, in the order they are written; none: none. */
export function traceRecordHeaders(context: TraceHeaders | undefined): { name: string; value: string }[] {
  return traceHeaderNames.flatMap((name) => {
    const value = context?.[name];
    return value === undefined ? [] : [{ name, value }];
  });
}

function firstOf(values: string): string {
  const comma = values.indexOf(',');
  return comma === -1 ? values : values.slice(0, comma);
}
