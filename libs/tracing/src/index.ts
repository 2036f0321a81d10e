/** The public names of `@eventing-kafka/tracing`, listed one by one. */
export { DeliveryTrace, RequestTrace, type DeliveredRecord } from './delivery-trace.ts';
export { IngestTrace, ProduceTrace, type IngestRequest } from './ingest-trace.ts';
export { tracingOptions, tracingSettings, type TracingSettings } from './settings.ts';
export type { TraceExport } from './span-exporter.ts';
export type { TracedEvent } from './spans.ts';
export { startTracing, type Tracing, type TracingOptions } from './start-tracing.ts';
export { traceHeaderNames, traceRecordHeaders, type TraceHeaders } from './trace-context.ts';
