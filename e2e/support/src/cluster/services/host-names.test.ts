import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostNames } from './host-names.ts';

const services = [
  { namespace: 'shop', name: 'web', addresses: ['127.100.1.1'] },
  { namespace: 'other', name: 'web', addresses: ['127.10.1.1', '127.10.1.2'] },
];

test('a Service has its long names everywhere, and the short one in its own namespace', () => {
  assert.deepEqual(hostNames(services, 'shop').trimEnd().split('\n'), [
    '127.0.0.1\tlocalhost',
    '127.100.1.1\tweb.shop.svc.cluster.local web.shop.svc web.shop web',
    '127.10.1.1\tweb.other.svc.cluster.local web.other.svc web.other',
    '127.10.1.2\tweb.other.svc.cluster.local web.other.svc web.other',
  ]);
});
