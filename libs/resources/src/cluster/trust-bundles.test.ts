import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadata } from '../../testing/world.ts';
import type { ConfigMap } from '../objects/resource-types.ts';
import { trustBundlesOf } from './trust-bundles.ts';

const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

function bundle(namespace: string, data: Record<string, string>, label = 'true'): ConfigMap {
  const labels = { 'networking.knative.dev/trust-bundle': label };
  return { kind: 'ConfigMap', metadata: metadata(namespace, 'bundle', { labels }), data };
}

test('control-plane 4.4: values with a certificate of labelled ConfigMaps of the system namespace, sorted, each once', () => {
  const found = trustBundlesOf(
    [
      bundle('system', { a: pem('Yg=='), b: 'nothing', c: pem('YQ==') }),
      bundle('system', { again: pem('YQ==') }),
      bundle('tenant', { x: pem('Yw==') }),
      bundle('system', { x: pem('ZA==') }, 'false'),
    ],
    'system',
  );
  assert.deepEqual(found, [pem('YQ=='), pem('Yg==')]);
});
