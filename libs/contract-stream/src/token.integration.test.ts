import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { KeyPair, TlsMaterial } from '@eventing-kafka/certificates';
import { ids, leafOf, mutualTls, newAuthority } from '../testing/certificates.ts';
import { broker, stateOf } from '../testing/contracts.ts';
import { recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';
import { isContractStreamError, type AuthenticateProcess, type ProcessProof } from './index.ts';

const proved: ProcessProof = { kind: 'proved', nodeId: 'node-1', namespace: 'eventing', account: 'dispatcher' };

describe('a process that has to prove which pod it is', () => {
  let authority: KeyPair;
  let controller: TlsMaterial;
  let dispatcher: TlsMaterial;
  before(async () => {
    authority = await newAuthority();
    controller = await leafOf(authority, { uris: [ids.controller] });
    dispatcher = await leafOf(authority);
  });

  test('is taken in with a token of its own, which is asked for anew for each connection', async () => {
    const tokens: string[] = [];
    const authenticate: AuthenticateProcess = ({ token, nodeId, kind, spiffeId }) => {
      tokens.push(`${kind} ${nodeId} ${spiffeId} ${token}`);
      return Promise.resolve(proved);
    };
    let issued = 0;
    const server = await serve({ security: mutualTls(controller), authenticate });
    server.publish(stateOf(broker('a')));
    const process = served();
    await using subscription = await subscribe(server.port, process.apply, {
      security: mutualTls(dispatcher),
      token: () => Promise.resolve(`token-${(issued += 1)}`),
    });
    await subscription.firstApplied;
    await server[Symbol.asyncDispose]();
    await using next = await serve({
      security: mutualTls(controller),
      authenticate,
      epoch: 2n,
      port: server.port,
    });
    next.publish(stateOf(broker('b')));
    await until('the next one is followed', () => process.latest()!.resources.has('b'));
    const who = `dispatcher node-1 ${ids.dispatcher}`;
    assert.equal(tokens[0], `${who} token-1`);
    assert.match(tokens.at(-1)!, /token-(?!1$)\d+$/);
  });

  const refused: Record<string, { readonly proof?: ProcessProof; readonly token?: string; readonly because: RegExp }> =
    {
      'without a token': { because: /sent no token/ },
      'whose token is refused': {
        token: 'x',
        proof: { kind: 'refused', reason: 'Expired', message: 'the token is expired' },
        because: /the token is expired/,
      },
      'whose token is of another pod': {
        token: 'x',
        proof: { ...proved, nodeId: 'node-2' },
        because: /The token is of node-2; the process calls itself node-1/,
      },
      'whose token is of another account than its certificate': {
        token: 'x',
        proof: { ...proved, account: 'receiver' },
        because: /The token is of eventing\/receiver, the certificate of spiffe/,
      },
      'whose token is of another namespace than its certificate': {
        token: 'x',
        proof: { ...proved, namespace: 'shop' },
        because: /The token is of shop\/dispatcher/,
      },
    };
  for (const [name, { proof = proved, token, because }] of Object.entries(refused)) {
    test(`security 6.2 ${name} is turned away, and does not replace the stream of the real one`, async () => {
      await using server = await serve({
        security: mutualTls(controller),
        authenticate: (claim) => Promise.resolve(claim.token === 'real' ? proved : proof),
      });
      server.publish(stateOf(broker('a')));
      await using real = await subscribe(server.port, served().apply, {
        security: mutualTls(dispatcher),
        token: () => Promise.resolve('real'),
      });
      await real.firstApplied;
      const { logger, lines } = recordingLogger();
      const process = served();
      await using _subscription = await subscribe(server.port, process.apply, {
        security: mutualTls(dispatcher),
        logger,
        ...(token === undefined ? {} : { token: () => Promise.resolve(token) }),
      });
      await until('it is told', () => lines.some((line) => line.includes('CONTRACT_STREAM_UNAUTHORIZED')));
      assert.match(lines.join(''), because);
      assert.equal(process.updates.length, 0);
      assert.equal(server.processes().length, 1);
      assert.ok(real.connected);
    });
  }

  test('tries again soon when nobody can review its token', async () => {
    let reviews = 0;
    const { logger, lines } = recordingLogger();
    await using server = await serve({
      security: mutualTls(controller),
      authenticate: () => {
        reviews += 1;
        return reviews === 1 ? Promise.reject(new Error('the API server is away')) : Promise.resolve(proved);
      },
    });
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, served().apply, {
      security: mutualTls(dispatcher),
      token: () => Promise.resolve('x'),
      logger,
    });
    await subscription.firstApplied;
    assert.match(lines.join(''), /CONTRACT_STREAM_UNREACHABLE.*the API server is away/);
  });

  test('tries again when its own token cannot be had', async () => {
    let asked = 0;
    await using server = await serve({ security: mutualTls(controller), authenticate: () => Promise.resolve(proved) });
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, served().apply, {
      security: mutualTls(dispatcher),
      token: () => {
        asked += 1;
        return asked === 1 ? Promise.reject(new Error('ENOENT')) : Promise.resolve('x');
      },
    });
    await subscription.firstApplied;
  });

  test('does not keep a server open whose review never answers', async () => {
    const server = await serve({
      security: mutualTls(controller),
      authenticate: () => new Promise(() => undefined),
    });
    await using _subscription = await subscribe(server.port, served().apply, {
      security: mutualTls(dispatcher),
      token: () => Promise.resolve('x'),
    });
    await server[Symbol.asyncDispose]();
    assert.deepEqual(server.processes(), []);
  });

  test('sends no token without TLS, and is asked for none', async () => {
    const isInvalid = (error: unknown) =>
      isContractStreamError(error) && error.code === 'CONTRACT_STREAM_INVALID_SECURITY';
    await assert.rejects(subscribe(1, served().apply, { token: () => Promise.resolve('x') }), isInvalid);
    await assert.rejects(serve({ authenticate: () => Promise.resolve(proved) }), isInvalid);
  });
});
