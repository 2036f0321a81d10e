import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { checkPair } from './certificate-pair.ts';

const { server, client } = await makeCertificates();
const pair = { cert: server.certPem, key: server.keyPem };

test('a pair is usable until its certificate ends', () => {
  const check = checkPair(pair, Date.now());
  assert.equal(check.kind, 'usable');
  assert.ok(check.expiresAtMs > Date.now());
  assert.deepEqual(checkPair(pair, check.expiresAtMs), {
    kind: 'unusable',
    why: `tls.crt expired at ${new Date(check.expiresAtMs).toISOString()}`,
  });
});

for (const [name, bad, why] of [
  ['a certificate that is none', { ...pair, cert: 'foo' }, /^tls\.crt is not/],
  ['a key that is none', { ...pair, key: 'foo' }, /^tls\.key is not/],
  ['the key of another certificate', { ...pair, key: client.keyPem }, /^tls\.key does not belong/],
] as const) {
  test(`${name} is not usable`, () => {
    const check = checkPair(bad, Date.now());
    assert.equal(check.kind, 'unusable');
    assert.match(check.why, why);
  });
}
