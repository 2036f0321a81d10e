import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimClusterNetwork } from './cluster-network.ts';

test('two clusters of a machine have no address in common', async () => {
  using one = await claimClusterNetwork();
  using other = await claimClusterNetwork();
  assert.notEqual(one.serviceRange, other.serviceRange);
  assert.notEqual(one.podAddress(0), other.podAddress(0));
});

test('Pods have different addresses, of the last byte first', async () => {
  using network = await claimClusterNetwork();
  const ends = [0, 253, 254, 64_515, 64_516].map((pod) => network.podAddress(pod).split('.').slice(2).join('.'));
  assert.deepEqual(ends, ['1.1', '1.254', '2.1', '254.254', '1.1']);
});

test('the first address of the Services is that of the API server', async () => {
  using network = await claimClusterNetwork();
  assert.equal(network.serviceRange.replace('.0/16', '.1'), network.apiServerAddress);
});
