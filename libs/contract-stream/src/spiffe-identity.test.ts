import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAllowedPeer } from './allowed-peers.ts';
import { identityOf, parseSpiffeId } from './spiffe-identity.ts';

test('a SPIFFE id of a service account is read in its parts', () => {
  assert.deepEqual(parseSpiffeId('spiffe://cluster.local/ns/knative-eventing/sa/kafka-receiver'), {
    id: 'spiffe://cluster.local/ns/knative-eventing/sa/kafka-receiver',
    trustDomain: 'cluster.local',
    namespace: 'knative-eventing',
    account: 'kafka-receiver',
  });
});

describe('no id of a service account is', () => {
  for (const id of [
    '',
    'cluster.local/ns/a/sa/b',
    'https://cluster.local/ns/a/sa/b',
    'spiffe://cluster.local/ns/a',
    'spiffe://cluster.local/ns/a/sa/b/',
    'spiffe://cluster.local/ns/a/sa/b/c',
    'spiffe://cluster.local/ns/a/sa/',
    'spiffe://cluster.local/ns//sa/b',
    'spiffe:///ns/a/sa/b',
    'spiffe://cluster.local:443/ns/a/sa/b',
    'spiffe://user@cluster.local/ns/a/sa/b',
    'spiffe://cluster.local/ns/a/sa/b?c',
    'spiffe://cluster.local/ns/a%2Fb/sa/c',
    'spiffe://CLUSTER.LOCAL/ns/a/sa/b',
    'spiffe://cluster.local/ns/{namespace}/sa/b',
    'spiffe://cluster.local/ns/a/sa/b\n',
  ]) {
    test(JSON.stringify(id), () => assert.equal(parseSpiffeId(id), undefined));
  }
});

test('a peer without a certificate, or with garbage for one, is nobody', () => {
  assert.equal(identityOf(undefined), 'it showed no certificate');
  assert.equal(identityOf(new Uint8Array([1, 2, 3])), 'its certificate cannot be read');
});

describe('a peer', () => {
  const shared = 'spiffe://cluster.local/ns/eventing/sa/dispatcher';
  const tenant = 'spiffe://cluster.local/ns/shop/sa/dispatcher';
  const anyTenant = 'spiffe://cluster.local/ns/{namespace}/sa/dispatcher';
  const rows: [name: string, id: string, allowed: string[] | undefined, dataPlane: string, isAllowed: boolean][] = [
    ['that is listed may serve the shared data plane', shared, [shared], '', true],
    ['that is not listed may not', shared, [tenant], '', false],
    ['may not where nobody is listed', shared, undefined, '', false],
    ['of a tenant may serve that of its namespace', tenant, [shared, anyTenant], 'shop', true],
    ['of a tenant that is listed by name may, too', tenant, [tenant], 'shop', true],
    ['of a tenant may not serve that of another', tenant, [anyTenant, tenant], 'bank', false],
    ['of a tenant may not serve the shared one', tenant, [shared, anyTenant], '', false],
    ['of the shared one may not serve that of a tenant', shared, [shared, anyTenant], 'shop', false],
  ];
  for (const [name, id, allowed, dataPlane, isAllowed] of rows) {
    test(name, () => assert.equal(isAllowedPeer(parseSpiffeId(id)!, allowed, dataPlane), isAllowed));
  }
});
