import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InClusterCall, InClusterClient } from '@eventing-kafka/in-cluster';
import { createLogger, silentLogger } from '@eventing-kafka/logging';
import { isOidcError } from '../oidc-error.ts';
import type { TokenAccount } from './token-request.ts';
import { createTokenSource, type TokenSourceOptions } from './token-source.ts';

const account: TokenAccount = { namespace: 'ns', serviceAccount: 'trigger-oidc', audience: 'sink' };
const claims = Buffer.from(JSON.stringify({ iss: 'https://issuer', aud: ['https://api'] })).toString('base64url');

/** An API server that issues `t1`, `t2` …, and a clock. */
class Script {
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  lifetimeMs = 3_600_000;
  /** Answers with this in place of a token. */
  refusal: { statusCode: number; body: string } | undefined;
  /** Answers only when this is resolved. */
  gate: Promise<void> | undefined;
  readonly calls: InClusterCall[] = [];
  readonly client: InClusterClient = {
    host: 'api',
    port: 443,
    ownToken: () => Promise.resolve(`head.${claims}.signature`),
    call: async (call) => {
      this.calls.push(call);
      const token = `t${this.calls.length}`;
      await this.gate;
      call.signal.throwIfAborted();
      const expirationTimestamp = new Date(this.nowMs + this.lifetimeMs).toISOString();
      return this.refusal ?? { statusCode: 201, body: JSON.stringify({ status: { token, expirationTimestamp } }) };
    },
  };

  source(options: Partial<TokenSourceOptions> = {}): ReturnType<typeof createTokenSource> {
    return createTokenSource({
      inCluster: this.client,
      logger: silentLogger,
      wallClock: () => this.nowMs,
      ...options,
    });
  }
}

describe('tokens to send', () => {
  test('are asked for by account and audience, for an hour, once for all who want one', async () => {
    const script = new Script();
    const source = script.source();
    const both = await Promise.all([source.token(account), source.token({ ...account })]);
    assert.deepEqual([...both, source.token(account)], ['t1', 't1', 't1']);
    assert.deepEqual(
      script.calls.map(({ method, path, body }) => ({ method, path, body })),
      [
        {
          method: 'POST',
          path: '/api/v1/namespaces/ns/serviceaccounts/trigger-oidc/token',
          body: {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            spec: { audiences: ['sink'], expirationSeconds: 3600 },
          },
        },
      ],
    );
  });

  test('are of one account and for one audience each', async () => {
    const script = new Script();
    const source = script.source();
    assert.equal(await source.token(account), 't1');
    assert.equal(await source.token({ ...account, audience: 'other' }), 't2');
    assert.equal(await source.token({ ...account, serviceAccount: 'a/../b' }), 't3');
    assert.equal(await source.token({ ...account, namespace: 'other' }), 't4');
    assert.equal(script.calls[2]?.path, '/api/v1/namespaces/ns/serviceaccounts/a%2F..%2Fb/token');
  });

  test('are replaced in the background at 80 % of the lifetime they were given', async () => {
    const script = new Script();
    script.lifetimeMs = 600_000;
    const source = script.source();
    await source.token(account);
    script.nowMs += 479_999;
    assert.equal(source.token(account), 't1');
    assert.equal(script.calls.length, 1);
    script.nowMs += 1;
    assert.equal(source.token(account), 't1');
    await new Promise(setImmediate);
    assert.equal(source.token(account), 't2');
    assert.equal(script.calls.length, 2);
  });

  test('go on while the API server gives no others, until shortly before they end', async () => {
    const script = new Script();
    const source = script.source();
    await source.token(account);
    script.refusal = { statusCode: 500, body: '' };
    script.nowMs += 3_500_000;
    assert.equal(source.token(account), 't1');
    await new Promise(setImmediate);
    assert.equal(source.token(account), 't1');
    script.nowMs += 90_001;
    await assert.rejects(Promise.resolve(source.token(account)), { code: 'OIDC_TOKEN_UNAVAILABLE', retryable: true });
  });

  test('that were refused are given up, but not those issued just now', async () => {
    const script = new Script();
    const source = script.source();
    await source.token(account);
    source.rejected(account, 't1');
    assert.equal(source.token(account), 't1');
    script.nowMs += 10_000;
    source.rejected(account, 'one from before');
    assert.equal(source.token(account), 't1');
    source.rejected(account, 't1');
    assert.equal(await source.token(account), 't2');
  });

  test('are kept up to a number, the ones used last', async () => {
    const script = new Script();
    const source = script.source({ maxTokens: 2 });
    const of = (audience: string): string | Promise<string> => source.token({ ...account, audience });
    await of('a');
    await of('b');
    assert.equal(of('a'), 't1');
    await of('c');
    assert.deepEqual([of('a'), of('c')], ['t1', 't3']);
    assert.equal(await of('b'), 't4');
  });

  test('that the API server refuses are an error with its words, to be tried again, and asked for once a second', async () => {
    const script = new Script();
    const lines: string[] = [];
    const source = script.source({
      logger: createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) }),
    });
    script.refusal = { statusCode: 403, body: JSON.stringify({ message: 'serviceaccounts "x" is forbidden' }) };
    const expected = {
      code: 'OIDC_TOKEN_UNAVAILABLE',
      message:
        'No token of ServiceAccount ns/trigger-oidc for audience sink: Kubernetes answered 403: serviceaccounts "x" is forbidden',
    };
    await assert.rejects(Promise.resolve(source.token(account)), expected);
    await assert.rejects(Promise.resolve(source.token(account)), expected);
    assert.deepEqual([script.calls.length, lines.length], [1, 1]);
    script.refusal = undefined;
    script.nowMs += 1_000;
    assert.equal(await source.token(account), 't2');
  });

  test('that do not come are waited for a bounded time', async () => {
    const script = new Script();
    script.gate = new Promise((resolve) => setTimeout(resolve, 50));
    const source = script.source({ requestTimeoutMs: 10 });
    await assert.rejects(Promise.resolve(source.token(account)), /did not answer within 0.01 s/);
  });

  for (const body of [
    '{}',
    '{"status":{"token":"x"}}',
    '{"status":{"token":"","expirationTimestamp":"2030-01-01T00:00:00Z"}}',
  ]) {
    test(`an answer without a token is an error: ${body}`, async () => {
      const script = new Script();
      script.refusal = { statusCode: 201, body };
      await assert.rejects(Promise.resolve(script.source().token(account)), /without a token/);
    });
  }

  for (const audience of ['https://api', 'https://issuer', 'https://kubernetes.default.svc']) {
    test(`security 6.1 X9: are for everybody but the API server, which goes by ${audience}`, async () => {
      const script = new Script();
      const error = await Promise.resolve(script.source().token({ ...account, audience })).catch((e: unknown) => e);
      assert.ok(isOidcError(error));
      assert.deepEqual([error.code, error.retryable], ['OIDC_AUDIENCE_FORBIDDEN', false]);
      assert.deepEqual(script.calls, []);
    });
  }
});
