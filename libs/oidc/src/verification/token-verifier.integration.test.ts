import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createInClusterClient } from '@eventing-kafka/in-cluster';
import { createLogger } from '@eventing-kafka/logging';
import { audience, loaded, said, scratchFolder, until, verifierOf } from '../../testing/verifier.ts';
import { startTestIssuer, type TestIssuer } from '../testing/index.ts';
import { startTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/** Another character at the end of a part of a token would often be the same bytes: the first one never is. */
function withFlippedBit(token: string): string {
  const start = token.lastIndexOf('.') + 1;
  return `${token.slice(0, start)}${token[start] === 'A' ? 'B' : 'A'}${token.slice(start + 1)}`;
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  const stack = new AsyncDisposableStack();
  let issuer: TestIssuer;
  let stranger: TestIssuer;
  let verifier: TokenVerifier;

  before(async () => {
    issuer = stack.use(await startTestIssuer());
    stranger = stack.use(await startTestIssuer({ issuer: issuer.issuer }));
    await issuer.rotate();
    verifier = await verifierOf(stack, issuer);
    await loaded(verifier);
  });
  after(() => stack.disposeAsync());

  test('that is good is taken, by name of its account, again without looking at its signature', async () => {
    const token = await issuer.token({ audience, subject: 'somebody', claims: { groups: ['a', 'b'] } });
    const first = await verifier.verify(`Bearer ${token}`, audience);
    const second = verifier.verify(`bearer ${token}`, audience);
    assert.ok(!(second instanceof Promise));
    for (const verdict of [first, second]) {
      assert.ok(verdict.kind === 'valid');
      assert.deepEqual([verdict.subject, verdict.claims.get('groups')], ['somebody', ['a', 'b']]);
    }
  });

  test('that is good elsewhere is not good here, also once it was taken there', async () => {
    const token = await issuer.token({ audience: ['elsewhere', audience] });
    assert.equal(await said(verifier, token), 'valid');
    assert.equal(await said(verifier, token, 'elsewhere'), 'valid');
    assert.equal(await said(verifier, token, 'nowhere'), 'audience');
  });

  test('that was changed is refused', async () => {
    const token = await issuer.token({ audience });
    const [head = '', , signature = ''] = token.split('.');
    const changed = encoded({ iss: issuer.issuer, aud: audience, exp: 9e9, sub: 'root' });
    assert.equal(await said(verifier, withFlippedBit(token)), 'signature');
    assert.equal(await said(verifier, `${head}.${changed}.${signature}`), 'signature');
    assert.equal(await said(verifier, token), 'valid');
  });

  test('without a signature, or with one that anybody can make, is refused', async () => {
    const claims = encoded({ iss: issuer.issuer, aud: audience, exp: 9e9 });
    assert.equal(await said(verifier, `${encoded({ alg: 'none' })}.${claims}.`), 'algorithm');
    assert.equal(await said(verifier, `${encoded({ alg: 'HS256', kid: 'k1' })}.${claims}.AAAA`), 'algorithm');
    assert.equal(await said(verifier, `${encoded({ alg: 7 })}.${claims}.AAAA`), 'malformed');
  });

  test('of another key, or that brings its key along, is refused', async () => {
    assert.equal(await said(verifier, await stranger.token({ audience, header: { kid: 'k1' } })), 'signature');
    const jwk = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
    const header = { kid: 'k9', jwk, jku: `${stranger.url}/openid/v1/jwks` };
    assert.equal(await said(verifier, await stranger.token({ audience, header })), 'unknown-key');
  });

  test('without a key id is tried with the first key', async () => {
    assert.equal(await said(verifier, await issuer.token({ audience, header: { kid: undefined } })), 'valid');
    assert.equal(await said(verifier, await stranger.token({ audience, header: { kid: undefined } })), 'signature');
  });

  test('whose algorithm is not that of its key is refused', async () => {
    const [, claims = '', signature = ''] = (await issuer.token({ audience })).split('.');
    const head = encoded({ alg: 'RS512', kid: 'k2' });
    assert.equal(await said(verifier, `${head}.${claims}.${signature}`), 'unknown-key');
  });

  test('with critical headers is refused, whatever they are', async () => {
    const header = { crit: ['b64'], b64: true };
    assert.equal(await said(verifier, await issuer.token({ audience, header })), 'malformed');
  });

  test('that is over is refused, also if it was taken before', async () => {
    let nowMs = Date.now();
    const timed = await verifierOf(stack, issuer, { wallClock: () => nowMs });
    await loaded(timed);
    const token = await issuer.token({ audience, expiresInSeconds: 60 });
    assert.equal(await said(timed, token), 'valid');
    nowMs += 61_000;
    assert.equal(await said(timed, token), 'expired');
  });

  test('that is garbage is refused', async () => {
    for (const token of [
      'not.a.jwt',
      'a.b.c',
      `${encoded([])}.${encoded([])}.x`,
      `${encoded({})}.${encoded(null)}.x`,
      '..',
    ])
      assert.equal(await said(verifier, token), 'malformed', token);
    assert.equal(await said(verifier, `a.${'b'.repeat(9000)}.c`), 'too-long');
  });
});

for (const algorithm of ['ES256', 'EdDSA'] as const) {
  test(`tokens of ${algorithm} are taken`, async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer({ algorithm }));
    const verifier = await verifierOf(stack, issuer);
    await loaded(verifier);
    assert.equal(await said(verifier, await issuer.token({ audience })), 'valid');
  });
}

describe('keys', () => {
  test('are not asked for before somebody expects tokens, unless told so', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer);
    assert.equal(verifier.notReadyReason, undefined);
    assert.equal(await said(verifier, await issuer.token({ audience })), 'no-keys');
    assert.deepEqual(issuer.requests, []);
    const eager = await verifierOf(stack, issuer, { alwaysExpected: true });
    eager.expectTokens(false);
    assert.notEqual(eager.notReadyReason, undefined);
    await until('keys are loaded', () => eager.notReadyReason === undefined);
  });

  test('are asked for again until they come', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    issuer.failWith = 503;
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) });
    const verifier = await verifierOf(stack, issuer, { logger });
    verifier.expectTokens(true);
    await until('it was asked thrice', () => issuer.requests.length > 2);
    assert.match(verifier.notReadyReason ?? '', /keys/);
    assert.equal(await said(verifier, await issuer.token({ audience })), 'no-keys');
    issuer.failWith = undefined;
    await until('keys are loaded', () => verifier.notReadyReason === undefined);
    assert.equal(await said(verifier, await issuer.token({ audience })), 'valid');
    const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message);
    assert.deepEqual(messages, [
      'keys of the token issuer not loaded; tried again for ever',
      'keys of the token issuer loaded',
    ]);
  });

  test('that an issuer leaves us waiting for are given up and asked for again', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    issuer.failWith = null;
    const verifier = await verifierOf(stack, issuer, { times: { loadTimeoutMs: 1_000 } });
    verifier.expectTokens(true);
    await until('it was asked twice', () => issuer.requests.length > 1);
    issuer.failWith = undefined;
    await until('keys are loaded', () => verifier.notReadyReason === undefined);
  });

  test('that are new are found by the first token of theirs, with one question for all who wait', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer);
    await loaded(verifier);
    const before = issuer.requests.length;
    await issuer.rotate();
    const tokens = await Promise.all(['a', 'b', 'c'].map((subject) => issuer.token({ audience, subject })));
    assert.deepEqual(await Promise.all(tokens.map((token) => said(verifier, token))), ['valid', 'valid', 'valid']);
    assert.equal(issuer.requests.length - before, 2);
  });

  test('that nobody has are asked for once in a while only', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer);
    await loaded(verifier);
    const before = issuer.requests.length;
    for (let i = 0; i < 5; i += 1)
      assert.equal(await said(verifier, await issuer.token({ audience, header: { kid: `x${i}` } })), 'unknown-key');
    assert.equal(issuer.requests.length - before, 2);
    // Tokens that are wrong by what they say themselves ask for nothing.
    const sooner = await verifierOf(stack, issuer, { times: { unknownKeyMs: 0 } });
    await loaded(sooner);
    const asked = issuer.requests.length;
    assert.equal(await said(sooner, await issuer.token({ audience: 'x', header: { kid: 'y' } })), 'audience');
    assert.equal(issuer.requests.length, asked);
  });

  test('that were withdrawn vouch for nothing, also not for tokens that were taken before', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer, { times: { refreshMs: 20 } });
    await loaded(verifier);
    const token = await issuer.token({ audience });
    assert.equal(await said(verifier, token), 'valid');
    await issuer.rotate({ withdraw: true });
    const asked = issuer.requests.length;
    await until('it asked again', () => issuer.requests.length >= asked + 4);
    assert.equal(await said(verifier, token), 'unknown-key');
  });

  test('that were loaded stay good while the issuer is away', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer, { times: { refreshMs: 10 } });
    await loaded(verifier);
    const tokens = [await issuer.token({ audience }), await issuer.token({ audience, subject: 'x' })];
    await issuer[Symbol.asyncDispose]();
    for (const token of tokens) assert.equal(await said(verifier, token), 'valid');
    assert.equal(verifier.notReadyReason, undefined);
  });

  test('of another issuer take the place of those before, whose tokens are good no more', async () => {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await startTestIssuer());
    const second = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, first);
    await loaded(verifier);
    const token = await first.token({ audience });
    assert.equal(await said(verifier, token), 'valid');
    verifier.useIssuer(first.url);
    assert.equal(await said(verifier, token), 'valid');
    verifier.trust([second.caPem]);
    verifier.useIssuer(second.url);
    assert.equal(await said(verifier, token), 'no-keys');
    await until('keys are loaded', () => verifier.notReadyReason === undefined);
    assert.deepEqual(
      [await said(verifier, token), await said(verifier, await second.token({ audience }))],
      ['issuer', 'valid'],
    );
    assert.throws(() => verifier.useIssuer('not a URL'), TypeError);
  });

  const nonsense: readonly (readonly [name: string, discovery: Record<string, unknown>])[] = [
    ['no issuer', { issuer: undefined }],
    ['no address of keys', { jwks_uri: undefined }],
    ['keys over http', { jwks_uri: 'http://127.0.0.1/keys' }],
    ['an address that is none', { jwks_uri: '/keys' }],
  ];
  for (const [name, discovery] of nonsense) {
    test(`are not loaded by a discovery document with ${name}`, async () => {
      await using stack = new AsyncDisposableStack();
      const issuer = stack.use(await startTestIssuer({ discovery }));
      const verifier = await verifierOf(stack, issuer);
      verifier.expectTokens(true);
      await until('it was asked twice', () => issuer.requests.length > 1);
      assert.notEqual(verifier.notReadyReason, undefined);
    });
  }

  test('of an issuer whose certificate is not trusted are not loaded, until the contract brings who signed it', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer, { caFile: undefined });
    verifier.expectTokens(true);
    assert.notEqual(verifier.notReadyReason, undefined);
    assert.deepEqual(issuer.requests, []);
    verifier.trust([issuer.caPem]);
    await until('keys are loaded', () => verifier.notReadyReason === undefined);
  });
});

describe('the token of the Pod', () => {
  test('goes to the API server with both questions, by the address that Pods have', async () => {
    await using stack = new AsyncDisposableStack();
    const issuer = stack.use(
      await startTestIssuer({
        issuer: 'https://kubernetes.default.svc',
        discovery: { jwks_uri: 'https://192.0.2.1:6443/openid/v1/jwks' },
      }),
    );
    const verifier = stack.use(
      startTokenVerifier({
        baseUrl: 'https://kubernetes.default.svc',
        inCluster: await podOf(stack, issuer),
        logger: createLogger({ level: 'error', format: 'text', write: () => undefined }),
      }),
    );
    await loaded(verifier);
    assert.deepEqual(issuer.requests, [
      { path: '/.well-known/openid-configuration', authorization: 'Bearer of-the-pod' },
      { path: '/openid/v1/jwks', authorization: 'Bearer of-the-pod' },
    ]);
    assert.equal(await said(verifier, await issuer.token({ audience })), 'valid');
  });

  test('goes to nobody else', async () => {
    await using stack = new AsyncDisposableStack();
    const api = stack.use(await startTestIssuer());
    const issuer = stack.use(await startTestIssuer());
    const verifier = await verifierOf(stack, issuer, { inCluster: await podOf(stack, api) });
    await loaded(verifier);
    assert.deepEqual(
      issuer.requests.map((request) => request.authorization),
      [undefined, undefined],
    );
    assert.deepEqual(api.requests, []);
  });

  async function podOf(
    stack: AsyncDisposableStack,
    api: TestIssuer,
  ): Promise<ReturnType<typeof createInClusterClient>> {
    const serviceAccountDir = await scratchFolder(stack);
    await writeFile(join(serviceAccountDir, 'token'), 'of-the-pod\n');
    await writeFile(join(serviceAccountDir, 'ca.crt'), api.caPem);
    return createInClusterClient({ host: '127.0.0.1', port: api.port, serviceAccountDir });
  }
});
