import { defineSettings, type SettingsOf } from '@eventing-kafka/config';
import type { MetricsOptions } from './start-metrics.ts';

/** What an operator may set of the admin server. `routes` are those an app has beside ours, such as `/status`: for the description. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schema is its own type
export function adminSettings({ routes = [] }: { readonly routes?: readonly string[] } = {}) {
  const pages = `${[...routes, '/metrics', '/healthz'].map((path) => `\`${path}\``).join(', ')} and \`/readyz\``;
  return defineSettings({
    adminHost: {
      kind: 'text',
      env: 'ADMIN_HOST',
      flag: 'admin-host',
      default: '0.0.0.0',
      description: `address of ${pages}`,
    },
    adminPort: {
      kind: 'port',
      env: 'ADMIN_PORT',
      flag: 'admin-port',
      default: 9090,
      description: `port of ${pages}`,
    },
  });
}

/** What metrics say they are of; `serviceName` is the default of `SERVICE_NAME`. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schema is its own type
export function serviceSettings({ serviceName }: { readonly serviceName: string }) {
  return defineSettings({
    serviceName: {
      kind: 'text',
      env: 'SERVICE_NAME',
      default: serviceName,
      description: '`service.name` of metrics',
    },
    serviceNamespace: {
      kind: 'text',
      env: 'SERVICE_NAMESPACE',
      default: 'eventing-kafka',
      description: '`service.namespace` of metrics',
    },
  });
}

/** The typed settings of {@link adminSettings} and {@link serviceSettings}. */
export type MetricsSettings = SettingsOf<ReturnType<typeof adminSettings> & ReturnType<typeof serviceSettings>>;

/** Options of {@link startMetrics} as the settings say. */
export function metricsOptions({
  serviceName,
  serviceNamespace,
  adminHost,
  adminPort,
}: MetricsSettings): Pick<MetricsOptions, 'serviceName' | 'serviceNamespace' | 'host' | 'port'> {
  return { serviceName, serviceNamespace, host: adminHost, port: adminPort };
}
