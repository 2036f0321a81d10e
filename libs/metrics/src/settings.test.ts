import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineSettings, readSettings } from '@eventing-kafka/config';
import { adminSettings, metricsOptions, serviceSettings } from './settings.ts';

const schema = combineSettings(adminSettings(), serviceSettings({ serviceName: 'greeter' }));

test('what is set reaches the options of startMetrics', () => {
  const env = { ADMIN_HOST: '::1', ADMIN_PORT: '0', SERVICE_NAME: 'a', SERVICE_NAMESPACE: 'b' };
  assert.deepEqual(metricsOptions(readSettings(schema, { env })), {
    serviceName: 'a',
    serviceNamespace: 'b',
    host: '::1',
    port: 0,
  });
});

test('dispatcher 21 M1, receiver 20.7 X-12: an app that is told nothing has its own name, and metrics on port 9090', () => {
  assert.deepEqual(metricsOptions(readSettings(schema, { env: {} })), {
    serviceName: 'greeter',
    serviceNamespace: 'eventing-kafka',
    host: '0.0.0.0',
    port: 9090,
  });
});

test('the description lists the routes of an app first', () => {
  const { adminPort } = adminSettings({ routes: ['/status'] });
  assert.equal(adminPort.description, 'port of `/status`, `/metrics`, `/healthz` and `/readyz`');
});
