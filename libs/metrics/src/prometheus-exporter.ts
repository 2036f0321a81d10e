import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult, MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import type { SeriesRegistry } from './series-registry.ts';

/** Units by the ending that names get on `/metrics` (dispatcher 16). */
const unitEndings: ReadonlyMap<string, string> = new Map([
  ['ms', 'ms'],
  ['1', '1'],
  ['s', 'seconds'],
  ['By', 'bytes'],
]);

/**
 * The name of a metric with its unit, as `/metrics` shows it but for the dots: `kn.eventing.dispatch.latency` in `ms` becomes
 * `kn.eventing.dispatch.latency.ms`. The exporter itself leaves units out of names; dashboards made for upstream expect them.
 */
export function nameWithUnit(name: string, unit: string): string {
  const ending = unitEndings.get(unit);
  if (ending === undefined || new RegExp(`[._]${ending}$`).test(name)) return name;
  return `${name}.${ending}`;
}

/** The exporter with our series beside those of the SDK, and with units in the names of all. Serves nothing by itself. */
export class SeriesExporter extends PrometheusExporter {
  readonly #registry: SeriesRegistry;
  readonly #scopeName: string;

  constructor(registry: SeriesRegistry, scopeName: string) {
    super({ preventServerStart: true, withoutScopeInfo: true });
    this.#registry = registry;
    this.#scopeName = scopeName;
  }

  override async collect(options?: Parameters<MetricReader['collect']>[0]): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await super.collect(options);
    const scopeMetrics = [...resourceMetrics.scopeMetrics, ...this.#registry.export(this.#scopeName, Date.now())];
    return {
      resourceMetrics: {
        resource: resourceMetrics.resource,
        scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(withUnitInName) })),
      },
      errors,
    };
  }
}

function withUnitInName(metric: MetricData): MetricData {
  const { descriptor } = metric;
  return { ...metric, descriptor: { ...descriptor, name: nameWithUnit(descriptor.name, descriptor.unit) } };
}
