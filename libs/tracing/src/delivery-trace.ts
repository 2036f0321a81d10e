import { ROOT_CONTEXT, SpanKind, trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { ProduceTrace } from './ingest-trace.ts';
import { endAnsweredSpan, endSpan, eventAttributes, type TracedEvent } from './spans.ts';
import { traceHeadersOf, type TraceHeaders } from './trace-context.ts';

/** The record that begins a {@link DeliveryTrace}. */
export interface DeliveredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly consumerGroup: string;
  readonly event: TracedEvent;
}

/** An event on its way from Kafka to one egress: a consumer span, and a client span for each request. */
export class DeliveryTrace {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #baggage: string | undefined;
  #requests = 0;

  private constructor(tracer: Tracer, span: Span, baggage: string | undefined) {
    this.#tracer = tracer;
    this.#span = span;
    this.#baggage = baggage;
  }

  /** Begins the consumer span below the producer's. */
  static start(tracer: Tracer, parent: Context, baggage: string | undefined, record: DeliveredRecord): DeliveryTrace {
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': record.topic,
      'messaging.destination.partition.id': String(record.partition),
      'messaging.kafka.offset': record.offset,
      'messaging.consumer.group.name': record.consumerGroup,
      ...eventAttributes(record.event),
    };
    const span = tracer.startSpan(`process ${record.topic}`, { kind: SpanKind.CONSUMER, attributes }, parent);
    return new DeliveryTrace(tracer, span, baggage);
  }

  /** Begins one request: each attempt is a span of its own. The URL's user info and query are not shown. */
  request(url: string): RequestTrace {
    const { protocol, hostname, port, pathname } = new URL(url);
    const attributes = {
      'http.request.method': 'POST',
      'url.full': `${protocol}//${hostname}${port === '' ? '' : `:${port}`}${pathname}`,
      'server.address': hostname,
      'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      ...(this.#requests > 0 ? { 'http.request.resend_count': this.#requests } : {}),
    };
    this.#requests += 1;
    const context = trace.setSpan(ROOT_CONTEXT, this.#span);
    const span = this.#tracer.startSpan('POST', { kind: SpanKind.CLIENT, attributes }, context);
    return new RequestTrace(span, traceHeadersOf(span, this.#baggage));
  }

  /** Begins the sending of a reply to a topic. */
  reply(topic: string, event: TracedEvent): ProduceTrace {
    return ProduceTrace.start(this.#tracer, this.#span, this.#baggage, topic, eventAttributes(event));
  }

  /** The event has its outcome; with the error if it was not delivered. */
  end(error?: Error): void {
    endSpan(this.#span, error);
  }
}

/** One request to a subscriber, dead letter sink or reply target: a client span. */
export class RequestTrace {
  readonly #span: Span;
  /** What the request carries, so that whoever gets it continues this span. */
  readonly headers: TraceHeaders;

  constructor(span: Span, headers: TraceHeaders) {
    this.#span = span;
    this.headers = headers;
  }

  /** An answer came; 4xx and 5xx are failures. */
  answered(statusCode: number): void {
    endAnsweredSpan(this.#span, statusCode, 400);
  }

  /** No answer came. */
  failed(error: Error): void {
    endSpan(this.#span, error);
  }
}
