import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noTokens, tokenRefusal, type TokenRules } from './target-tokens.ts';

const account = { namespace: 'ns', serviceAccount: 'sa' };
const strict: TokenRules = { canObtain: true, mayUseHttp: false };
const lax: TokenRules = { canObtain: true, mayUseHttp: true };

type Row = readonly [
  url: string,
  audience: string,
  hasAccount: boolean,
  rules: TokenRules,
  expected: string | undefined,
];

const rows: readonly Row[] = [
  ['http://s/', '', true, strict, undefined],
  ['https://s/', 'a', true, strict, undefined],
  ['http://s/', 'a', true, strict, 'TokenOverHttp'],
  ['http://s/', 'a', true, lax, undefined],
  ['https://s/', 'a', true, noTokens, 'AuthenticationUnsupported'],
  // There is nothing to send, so nothing to keep back: every event fails by itself.
  ['http://s/', 'a', false, strict, undefined],
  ['https://s/', 'a', false, noTokens, undefined],
];

for (const [url, audience, hasAccount, rules, expected] of rows) {
  test(`security 6.1 X9: ${url} of audience "${audience}" ${hasAccount ? 'with' : 'without'} an account, ${JSON.stringify(rules)}`, () => {
    const refusal = tokenRefusal(
      'The destination',
      { url, audience, caPem: '' },
      hasAccount ? account : undefined,
      rules,
    );
    assert.equal(refusal?.reason, expected);
  });
}
