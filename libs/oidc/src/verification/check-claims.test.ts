import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOfClaims } from './check-claims.ts';

const now = 1_000_000;
const good = { iss: 'https://issuer', aud: 'broker', exp: now + 1, sub: 'somebody' };

const rows: readonly (readonly [name: string, changes: Record<string, unknown>, expected: string | undefined])[] = [
  ['a good one', {}, undefined],
  ['one of several audiences', { aud: ['x', 'broker'] }, undefined],
  ['another issuer', { iss: 'https://issuer/' }, 'issuer'],
  ['no issuer', { iss: undefined }, 'issuer'],
  ['another audience', { aud: 'brokers' }, 'audience'],
  ['other audiences', { aud: ['x', ['broker']] }, 'audience'],
  ['no audience', { aud: undefined }, 'audience'],
  ['no exp', { exp: undefined }, 'no-expiry'],
  ['an exp that is text', { exp: String(now + 1) }, 'malformed'],
  ['an exp without end', { exp: Infinity }, 'malformed'],
  ['exp is now', { exp: now }, 'expired'],
  ['exp is over', { exp: now - 5 }, 'expired'],
  ['nbf that is an object', { nbf: {} }, 'malformed'],
  ['nbf as far ahead as clocks may differ', { nbf: now + 60 }, undefined],
  ['nbf further ahead', { nbf: now + 61 }, 'not-yet-valid'],
  ['iat as far ahead as clocks may differ', { iat: now + 60 }, undefined],
  ['iat further ahead', { iat: now + 61 }, 'not-yet-valid'],
];

for (const [name, changes, expected] of rows) {
  test(name, () => {
    const rules = { issuer: 'https://issuer', audience: 'broker', nowSeconds: now };
    const strict = { ...rules, expiryToleranceSeconds: 0, clockToleranceSeconds: 60 };
    assert.equal(problemOfClaims({ ...good, ...changes }, strict), expected);
  });
}

test('a tolerance for exp is a tolerance to the second', () => {
  const rules = { issuer: 'https://issuer', audience: 'broker', nowSeconds: now, clockToleranceSeconds: 0 };
  assert.equal(problemOfClaims({ ...good, exp: now - 29 }, { ...rules, expiryToleranceSeconds: 30 }), undefined);
  assert.equal(problemOfClaims({ ...good, exp: now - 30 }, { ...rules, expiryToleranceSeconds: 30 }), 'expired');
});
