import { SpanStatusCode, type Span } from '@opentelemetry/api';

/** Ends a span; with an error its status says so (OpenTelemetry, Recording errors: `error.type` and the status' text). */
export function endSpan(span: Span, error?: Error): void {
  if (error !== undefined) {
    const { message } = error;
    span.setAttribute('error.type', errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end();
}

/** Ends a span with the status of an HTTP answer; from `failsFrom` on it is a failure (HTTP semantic conventions, Status). */
export function endAnsweredSpan(span: Span, statusCode: number, failsFrom: 400 | 500): void {
  span.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= failsFrom) {
    span.setAttribute('error.type', String(statusCode));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** A word for what went wrong, of few values: the code of a typed error, else its name. */
function errorType(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** What a span says of a CloudEvent (OpenTelemetry semantic conventions, CloudEvents). */
export function eventAttributes({ id, source, type }: TracedEvent): Record<string, string> {
  return { 'cloudevents.event_id': id, 'cloudevents.event_source': source, 'cloudevents.event_type': type };
}

/** The attributes of an event that spans show. */
export interface TracedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
}
