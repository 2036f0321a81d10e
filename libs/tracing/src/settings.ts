import { defineSettings, type SettingsOf } from '@eventing-kafka/config';
import type { TracingOptions } from './start-tracing.ts';

/** What an operator may set of tracing; the names are those of OpenTelemetry where it has one. */
export const tracingSettings = defineSettings(
  {
    tracingProtocol: {
      kind: 'choice',
      choices: ['none', 'grpc', 'http/protobuf', 'stdout'],
      env: 'TRACING_PROTOCOL',
      flag: 'tracing-protocol',
      default: 'none',
      description: 'how spans are exported; W3C trace context is passed on in any case',
    },
    tracingEndpoint: {
      kind: 'text',
      env: 'TRACING_ENDPOINT',
      flag: 'tracing-endpoint',
      optional: true,
      pattern: /https?:\/\/[^/].*/,
      allowed: 'an http or https URL',
      description: 'collector of spans; for http/protobuf with the path, such as http://collector:4318/v1/traces',
    },
    tracingSamplingRatio: {
      kind: 'number',
      env: 'TRACING_SAMPLING_RATIO',
      flag: 'tracing-sampling-ratio',
      default: 0,
      min: 0,
      max: 1,
      description: 'share of requests without a traceparent that begin a trace; with one, its flag decides',
    },
  },
  [
    ({ tracingProtocol, tracingEndpoint }) =>
      (tracingProtocol === 'grpc' || tracingProtocol === 'http/protobuf') && tracingEndpoint === undefined
        ? `TRACING_PROTOCOL is ${tracingProtocol}, so TRACING_ENDPOINT must say where spans go`
        : undefined,
  ],
);

/** The typed settings of {@link tracingSettings}. */
export type TracingSettings = SettingsOf<typeof tracingSettings>;

/** Options of {@link startTracing} as the settings say. */
export function tracingOptions({
  tracingProtocol: protocol,
  tracingEndpoint: endpoint = '',
  tracingSamplingRatio: samplingRatio,
}: TracingSettings): Pick<TracingOptions, 'export' | 'samplingRatio'> {
  const exports = protocol === 'grpc' || protocol === 'http/protobuf' ? { protocol, endpoint } : { protocol };
  return { export: exports, samplingRatio };
}
