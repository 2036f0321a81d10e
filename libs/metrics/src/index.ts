/** The public names of `@eventing-kafka/metrics`, listed one by one. */
export type { AdminPage, AdminServer, Readiness } from './admin-server.ts';
export { attributeNames, eventTypeValues, resourceAttributes } from './attribute-names.ts';
export { boundedLabel } from './bounded-label.ts';
export { observeContract, type ObservedContract } from './contract-metrics.ts';
export {
  createCounter,
  createGauge,
  type CounterMetric,
  type CounterSeries,
  type GaugeMetric,
  type GaugeSeries,
} from './counter-and-gauge.ts';
export { forgetSeries } from './forget-series.ts';
export { createHistogram, type HistogramMetric, type HistogramSeries } from './histogram.ts';
export {
  counters,
  gauges,
  histograms,
  metricDefinitions,
  metricNames,
  type HistogramDefinition,
  type MetricDefinition,
} from './metric-definitions.ts';
export { isMetricsError, MetricsError, type MetricsErrorCode } from './metrics-error.ts';
export { adminSettings, metricsOptions, serviceSettings, type MetricsSettings } from './settings.ts';
export { startMetrics, type Metrics, type MetricsOptions } from './start-metrics.ts';
