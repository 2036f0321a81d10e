import { logs, metrics, type ContextManager, type MeterProvider } from '@opentelemetry/api';
import type { MetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';

/** A running SDK that belongs to whoever started it. */
export interface MetricsSdk {
  readonly meterProvider: MeterProvider;
  shutdown(): Promise<void>;
}

/**
 * Starts OpenTelemetry's SDK for metrics alone. The SDK registers what it makes as global; that is undone at once, so that several can run in one process
 * and a service that uses this library keeps its own set-up. Undefined when `OTEL_SDK_DISABLED` is set.
 */
export function startMetricsSdk(options: {
  readonly reader: MetricReader;
  readonly serviceName: string;
  readonly serviceNamespace: string;
}): MetricsSdk | undefined {
  const sdk = new NodeSDK({
    metricReaders: [options.reader],
    spanProcessors: [],
    logRecordProcessors: [],
    // Null means "leave it alone"; the type only says so for the propagator.
    contextManager: null as unknown as ContextManager,
    textMapPropagator: null,
    serviceName: options.serviceName,
    resourceDetectors: [{ detect: () => ({ attributes: { 'service.namespace': options.serviceNamespace } }) }],
  });
  const meterProvider = meterProviderOf(() => sdk.start());
  return meterProvider === undefined ? undefined : { meterProvider, shutdown: () => sdk.shutdown() };
}

/** The meter provider that `start` registers as global, with the globals as they were before. */
function meterProviderOf(start: () => void): MeterProvider | undefined {
  const meterProviderBefore = metrics.getMeterProvider();
  const loggerProviderBefore = logs.getLoggerProvider();
  metrics.disable();
  const none = metrics.getMeterProvider();
  try {
    start();
    const started = metrics.getMeterProvider();
    return started === none ? undefined : started;
  } finally {
    metrics.disable();
    if (meterProviderBefore !== none) metrics.setGlobalMeterProvider(meterProviderBefore);
    if (logs.getLoggerProvider() !== loggerProviderBefore) logs.disable();
  }
}
