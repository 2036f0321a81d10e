import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstToken, refreshInMs, TokenRefresh } from './token-refresh.ts';

test('the next token is asked for at 80 % of what is left, or up to a tenth of that earlier', () => {
  const token = { value: 't', expiresAtMs: 1_000_000 };
  assert.equal(
    refreshInMs(token, 100_000, () => 0),
    720_000,
  );
  assert.equal(
    refreshInMs(token, 100_000, () => 1),
    648_000,
  );
});

test('a token that is over already is not asked for in a loop', () => {
  assert.equal(
    refreshInMs({ value: 't', expiresAtMs: 5 }, 1_000_000, () => 0),
    1000,
  );
});

test('no first token is an authentication error that may pass, with its cause in words', async () => {
  const tokens = { key: 'k', token: () => Promise.reject(new Error('STS is away')) };
  await assert.rejects(firstToken(tokens), {
    code: 'KAFKA_AUTHENTICATION',
    retriable: true,
    message: 'no OAUTHBEARER token: STS is away',
  });
});

test('a failed refresh is told and tried again, and the client gets the token after it', async () => {
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve({ value: 'b', expiresAtMs: 9e15 })];
  const tokens = {
    key: 'k',
    token: () => answers.shift()?.() ?? Promise.reject(new Error('asked too often')),
  };
  const used = Promise.withResolvers<string>();
  const failures: string[] = [];
  using _refresh = new TokenRefresh(
    tokens,
    { value: 'a', expiresAtMs: 0 },
    { use: used.resolve, failed: (error) => failures.push(error.message) },
  );
  // The refresh holds no process alive by itself.
  const alive = setInterval(() => undefined, 1000);
  assert.equal(await used.promise, 'b');
  clearInterval(alive);
  assert.deepEqual(failures, ['no OAUTHBEARER token: away']);
});
