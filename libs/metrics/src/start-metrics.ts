import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { silentLogger, type Logger } from '@eventing-kafka/logging';
import {
  pageHandler,
  readinessHandler,
  sendText,
  startAdminServer,
  type AdminHandler,
  type AdminPage,
  type AdminServer,
  type Readiness,
} from './admin-server.ts';
import { startProcessMetrics } from './process-metrics.ts';
import { SeriesExporter } from './prometheus-exporter.ts';
import { startMetricsSdk } from './sdk.ts';
import { meterWithRegistry, SeriesRegistry } from './series-registry.ts';

const scopeName = '@eventing-kafka/metrics';

/** How metrics are started. */
export interface MetricsOptions {
  /** `service.name` on `target_info`. */
  readonly serviceName: string;
  /** `service.namespace` on `target_info`. */
  readonly serviceNamespace: string;
  /** Address of the admin server: `0.0.0.0` for all. */
  readonly host: string;
  /** Port of the admin server; 0: any free one. */
  readonly port: number;
  /** Asked for every `/readyz`: whether the process serves. */
  readonly readiness: () => Readiness;
  /** Asked for every `/healthz`: false asks for a restart. Always well when absent: a process that answers is alive. */
  readonly liveness?: () => Readiness;
  /** More pages by exact path, such as `/status`. */
  readonly routes?: Readonly<Record<string, () => AdminPage>>;
  readonly logger?: Logger;
}

/** Metrics of a process and the server that shows them. */
export interface Metrics extends AsyncDisposable {
  /** Where libraries declare their instruments: with {@link createHistogram} and its like, or OpenTelemetry's own methods. */
  readonly meter: Meter;
  readonly admin: AdminServer;
}

/**
 * Starts OpenTelemetry and the admin server with `/metrics` (Prometheus text format 0.0.4), `/healthz`, `/readyz` and the given routes. Nothing is
 * registered globally; disposing closes the server and stops the measuring.
 *
 * @throws {MetricsError} the admin server cannot listen, with what to do about it.
 */
export async function startMetrics(options: MetricsOptions): Promise<Metrics> {
  const { serviceName, serviceNamespace, host, port, readiness, liveness = alive, logger = silentLogger } = options;
  const registry = new SeriesRegistry();
  const exporter = new SeriesExporter(registry, scopeName);

  await using stack = new AsyncDisposableStack();
  const sdk = startMetricsSdk({ reader: exporter, serviceName, serviceNamespace });
  if (sdk !== undefined) stack.defer(() => sdk.shutdown());
  const meter = meterWithRegistry(sdk?.meterProvider.getMeter(scopeName) ?? createNoopMeter(), registry);
  stack.use(startProcessMetrics(meter));

  const pages = Object.entries(options.routes ?? {}).map(([path, page]) => [path, pageHandler(page)] as const);
  const admin = stack.use(
    await startAdminServer({
      host,
      port,
      logger,
      handlers: {
        ...Object.fromEntries(pages),
        '/metrics': sdk === undefined ? switchedOff : metricsHandler(exporter),
        '/healthz': readinessHandler(liveness, logger),
        '/readyz': readinessHandler(readiness, logger),
      },
    }),
  );
  const owned = stack.move();
  return { meter, admin, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const alive = (): Readiness => ({ ready: true });

const switchedOff: AdminHandler = (_request, response) => {
  sendText(response, 404, 'Metrics are switched off by OTEL_SDK_DISABLED.\n');
};

function metricsHandler(exporter: SeriesExporter): AdminHandler {
  return (request, response) => {
    exporter.getMetricsRequestHandler(request, response);
    // The exporter writes the body later and names no version; scrapers go by it.
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  };
}
