import { resolve } from 'node:path';
import type { RuntimeDefaults } from '@eventing-kafka/app-runtime';
import { combineSettings, defineSettings } from '@eventing-kafka/config';
import { tokenVerificationSettings } from '@eventing-kafka/oidc';

/** What may be set of the standalone. Flags win over the environment. */
export const settings = combineSettings(
  defineSettings(
    {
      manifests: {
        description: 'folder of YAML manifests; what changes in it is served at once',
        env: 'MANIFESTS',
        flag: 'manifests',
        kind: 'text',
        default: resolve(import.meta.dirname, '../quickstart'),
      },
      kafka: {
        description:
          'embedded (in memory), local (a real Kafka, started and stopped here) or host:port,… of one that runs',
        env: 'KAFKA_BOOTSTRAP_SERVERS',
        flag: 'kafka',
        kind: 'text',
        default: 'embedded',
      },
      host: {
        description: 'address that all servers listen on',
        env: 'HOST',
        flag: 'host',
        kind: 'text',
        default: '127.0.0.1',
      },
      port: {
        description: 'port that takes events; 0 is any free one',
        env: 'INGRESS_PORT',
        flag: 'port',
        kind: 'port',
        default: 8080,
      },
      viewerPort: {
        description: 'port of the event viewer',
        env: 'VIEWER_PORT',
        flag: 'viewer-port',
        kind: 'port',
        default: 8090,
      },
      adminPort: {
        description: 'port of /status, /metrics, /healthz and /readyz',
        env: 'ADMIN_PORT',
        flag: 'admin-port',
        kind: 'port',
        default: 9090,
      },
      noColor: {
        description: 'any value: no colours, also on a terminal',
        env: 'NO_COLOR',
        kind: 'text',
        optional: true,
      },
    },
    [
      ({ port, viewerPort, adminPort }) => {
        const fixed = [port, viewerPort, adminPort].filter((chosen) => chosen !== 0);
        return new Set(fixed).size < fixed.length
          ? `--port, --viewer-port and --admin-port are ${port}, ${viewerPort} and ${adminPort}; each needs its own`
          : undefined;
      },
    ],
  ),
  tokenVerificationSettings,
);

/** What happens is told by the console; the log is for what went wrong. Ctrl-C is answered within 2 s. */
export const runtimeDefaults: RuntimeDefaults = { logLevel: 'warn', drainTimeoutMs: 1_700 };
