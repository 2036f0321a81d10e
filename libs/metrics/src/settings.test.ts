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

test('an app that is told nothing has its own name', () => {
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
