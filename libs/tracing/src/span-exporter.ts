import { ConsoleSpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';

/** Where spans go: nowhere (trace context is passed on all the same), standard output, or a collector by OTLP. */
export type TraceExport =
  | { readonly protocol: 'none' }
  | { readonly protocol: 'stdout' }
  /** `endpoint`: absolute URL; of `http/protobuf` with its path, such as `http://collector:4318/v1/traces`. */
  | { readonly protocol: 'grpc' | 'http/protobuf'; readonly endpoint: string };

/** The exporter of a protocol; drivers are loaded when they are asked for. */
export async function spanExporter(target: TraceExport): Promise<SpanExporter | undefined> {
  switch (target.protocol) {
    case 'none':
      return undefined;
    case 'stdout':
      return new ConsoleSpanExporter();
    case 'grpc': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
      return new OTLPTraceExporter({ url: target.endpoint });
    }
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter({ url: target.endpoint });
    }
  }
}
