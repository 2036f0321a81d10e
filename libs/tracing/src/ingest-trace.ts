import { ROOT_CONTEXT, SpanKind, trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { endAnsweredSpan, endSpan, eventAttributes, type TracedEvent } from './spans.ts';
import { traceHeadersOf, type TraceHeaders } from './trace-context.ts';

/** The request that begins an {@link IngestTrace}. */
export interface IngestRequest {
  readonly method: string;
  /** Path of the request target, without its query: queries may hold secrets. */
  readonly path: string;
  readonly scheme: 'http' | 'https';
}

/** A request with an event on its way into Kafka: a server span, and a producer span for each of its events. */
export class IngestTrace {
  readonly #tracer: Tracer;
  readonly #server: Span;
  readonly #baggage: string | undefined;

  private constructor(tracer: Tracer, server: Span, baggage: string | undefined) {
    this.#tracer = tracer;
    this.#server = server;
    this.#baggage = baggage;
  }

  /** Begins the server span, below the caller's or, without `parent`, as a new trace; undefined: that new trace is not sampled. */
  static start(
    tracer: Tracer,
    parent: Context | undefined,
    baggage: string | undefined,
    request: IngestRequest,
  ): IngestTrace | undefined {
    const attributes = {
      'http.request.method': request.method,
      'url.path': request.path,
      'url.scheme': request.scheme,
    };
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER, attributes }, parent ?? ROOT_CONTEXT);
    if (parent === undefined && !span.isRecording()) return undefined;
    return new IngestTrace(tracer, span, baggage);
  }

  /** Begins the sending of an event to a topic. */
  produce(topic: string, event: TracedEvent): ProduceTrace {
    const described = eventAttributes(event);
    this.#server.setAttributes(described);
    return ProduceTrace.start(this.#tracer, this.#server, this.#baggage, topic, described);
  }

  /** Ends the server span; 5xx is a failure of ours, 4xx one of the caller's. */
  answered(statusCode: number): void {
    endAnsweredSpan(this.#server, statusCode, 500);
  }

  /** Ends the server span of a sender that left before there was an answer. */
  lost(): void {
    endSpan(this.#server, new Error('The sender left before it was answered'));
  }
}

/** An event on its way to a topic: a producer span. */
export class ProduceTrace {
  readonly #span: Span;
  /** What the record carries, so that its readers continue this span. */
  readonly headers: TraceHeaders;

  private constructor(span: Span, headers: TraceHeaders) {
    this.#span = span;
    this.headers = headers;
  }

  /** Begins it below `parent`. */
  static start(
    tracer: Tracer,
    parent: Span,
    baggage: string | undefined,
    topic: string,
    described: Readonly<Record<string, string>>,
  ): ProduceTrace {
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': topic,
      ...described,
    };
    const context = trace.setSpan(ROOT_CONTEXT, parent);
    const span = tracer.startSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes }, context);
    return new ProduceTrace(span, traceHeadersOf(span, baggage));
  }

  /** Kafka acknowledged it, or did not: then with the error. */
  end(error?: Error): void {
    endSpan(this.#span, error);
  }
}
