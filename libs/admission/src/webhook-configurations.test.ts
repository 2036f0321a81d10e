import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caBundlePatches } from './index.ts';

const encoded = Buffer.from('CA').toString('base64');
const configuration = (caBundle?: string): Parameters<typeof caBundlePatches>[0][number] => ({
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'v' },
  webhooks: [{ name: 'a' }, { name: 'b' }].map(({ name }) => ({
    name,
    clientConfig: caBundle === undefined ? {} : { caBundle },
  })),
});

test('each webhook gets the CA, if it is still the one that was read', () => {
  for (const before of [undefined, Buffer.from('old').toString('base64')]) {
    assert.deepEqual(caBundlePatches([configuration(before)], 'CA'), [
      {
        kind: 'ValidatingWebhookConfiguration',
        name: 'v',
        patch: [
          { op: 'test', path: '/webhooks/0/name', value: 'a' },
          { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: encoded },
          { op: 'test', path: '/webhooks/1/name', value: 'b' },
          { op: 'add', path: '/webhooks/1/clientConfig/caBundle', value: encoded },
        ],
      },
    ]);
  }
});

test('a configuration that has the CA, or no webhooks, is left alone', () => {
  const empty = { kind: 'MutatingWebhookConfiguration', metadata: { name: 'm' } };
  assert.deepEqual(caBundlePatches([configuration(encoded), empty], 'CA'), []);
});
