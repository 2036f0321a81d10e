import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { silentLogger, type Logger } from '@eventing-kafka/logging';
import { DeliveryTrace, type DeliveredRecord } from './delivery-trace.ts';
import { IngestTrace, type IngestRequest } from './ingest-trace.ts';
import { LoggedExporter } from './logged-exporter.ts';
import { spanExporter, type TraceExport } from './span-exporter.ts';
import { readTraceContext, type TraceHeaders } from './trace-context.ts';

/** How tracing is started. */
export interface TracingOptions {
  /** `service.name` and `service.namespace` of every span. */
  readonly serviceName: string;
  readonly serviceNamespace: string;
  readonly export: TraceExport;
  /** Share, 0 to 1, of requests without a `traceparent` that begin a trace. With one, the caller's flag decides. */
  readonly samplingRatio: number;
  /** In place of the exporter of `export`: one of your own. */
  readonly exporter?: SpanExporter;
  readonly logger?: Logger;
}

/** Tracing of one process. Disposing sends what is left, within the time that exports have. */
export interface Tracing extends AsyncDisposable {
  /** Whether requests without a `traceparent` may begin a trace; if not, there is no need to ask for them. */
  readonly startsTraces: boolean;
  /** A request with an event came; undefined: it is not traced. */
  ingest(headers: TraceHeaders, request: IngestRequest): IngestTrace | undefined;
  /** An event is taken up for delivery; undefined: it is not traced. */
  deliver(headers: TraceHeaders, record: DeliveredRecord): DeliveryTrace | undefined;
}

/** How long the last export may take when tracing ends, in milliseconds. */
const shutdownTimeoutMs = 3000;

/**
 * Starts tracing. W3C Trace Context goes in and out in any case; spans are exported in batches (at most 2,048 wait, further ones
 * are dropped), if the caller sampled them or the ratio picks them. Nothing is registered globally.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { serviceName, serviceNamespace, samplingRatio, logger = silentLogger } = options;
  const exporter = options.exporter ?? (await spanExporter(options.export));
  const exportTimeoutMillis = shutdownTimeoutMs;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.namespace': serviceNamespace }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplingRatio) }),
    spanProcessors:
      exporter === undefined
        ? []
        : [new BatchSpanProcessor({ exporter: new LoggedExporter(exporter, logger), exportTimeoutMillis })],
  });
  const tracer = provider.getTracer('@eventing-kafka/tracing');
  const startsTraces = exporter !== undefined && samplingRatio > 0;
  let ended: Promise<void> | undefined;
  return {
    startsTraces,
    ingest: (headers, request) => {
      const parent = readTraceContext(headers);
      if (parent === undefined && !startsTraces) return undefined;
      return IngestTrace.start(tracer, parent, headers.baggage, request);
    },
    deliver: (headers, record) => {
      const parent = readTraceContext(headers);
      return parent === undefined ? undefined : DeliveryTrace.start(tracer, parent, headers.baggage, record);
    },
    [Symbol.asyncDispose]: () => (ended ??= shutDown(provider, logger)),
  };
}

async function shutDown(provider: TracerProvider, logger: Logger): Promise<void> {
  try {
    await provider.shutdown();
  } catch (error) {
    // What could not be sent is lost; that must not keep a process from ending.
    logger.warn('the last spans were lost', { error });
  }
}
