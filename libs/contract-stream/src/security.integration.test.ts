import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, describe, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import type { KeyPair, TlsMaterial } from '@eventing-kafka/certificates';
import { ChangingMaterial, ids, leafOf, mutualTls, newAuthority } from '../testing/certificates.ts';
import { broker, stateOf } from '../testing/contracts.ts';
import { recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';
import { isContractStreamError, type ProcessIdentity, type StreamSecurity } from './index.ts';

describe('with mutual TLS', () => {
  let authority: KeyPair;
  let other: KeyPair;
  let controller: TlsMaterial;
  let dispatcher: TlsMaterial;
  before(async () => {
    [authority, other] = await Promise.all([newAuthority(), newAuthority()]);
    controller = await leafOf(authority, { uris: [ids.controller] });
    dispatcher = await leafOf(authority);
  });

  test('a contract is pushed between two ends that know each other', async () => {
    await using server = await serve({ security: mutualTls(controller) });
    server.publish(stateOf(broker('a')));
    for (const host of ['127.0.0.1', 'localhost']) {
      await using subscription = await subscribe(server.port, served().apply, {
        security: mutualTls(dispatcher),
        target: `${host}:${server.port}`,
      });
      await subscription.firstApplied;
    }
  });

  /** What the two ends come with, and how the client is told that nothing comes of it. */
  interface Row {
    readonly server?: () => Promise<StreamSecurity> | StreamSecurity;
    readonly client?: () => Promise<StreamSecurity> | StreamSecurity;
    readonly identity?: Partial<ProcessIdentity>;
    readonly code: 'CONTRACT_STREAM_UNREACHABLE' | 'CONTRACT_STREAM_UNAUTHORIZED';
    readonly because?: RegExp;
  }
  const insecure: StreamSecurity = { kind: 'insecure' };
  const unreachable = 'CONTRACT_STREAM_UNREACHABLE';
  const unauthorized = 'CONTRACT_STREAM_UNAUTHORIZED';
  const rows: Record<string, Row> = {
    'a process of another CA': {
      client: async () => mutualTls({ ...(await leafOf(other)), ca: authority.certificate }),
      code: unreachable,
    },
    'a controller of another CA': {
      server: async () =>
        mutualTls({ ...(await leafOf(other, { uris: [ids.controller] })), ca: authority.certificate }),
      code: unreachable,
    },
    'a controller whose certificate is for another host': {
      server: async () =>
        mutualTls(
          await leafOf(authority, { uris: [ids.controller], dnsNames: ['elsewhere.example'], ipAddresses: [] }),
        ),
      code: unreachable,
      because: /127\.0\.0\.1/,
    },
    'a process without TLS': { client: () => insecure, code: unreachable },
    'a controller without TLS': { server: () => insecure, code: unreachable },
    'a process with the identity of a receiver that says it is a dispatcher': {
      client: async () => mutualTls(await leafOf(authority, { uris: [ids.receiver] })),
      code: unauthorized,
      because: /sa\/receiver may not be a dispatcher of the shared data plane/,
    },
    'a controller with the identity of a receiver': {
      server: async () => mutualTls(await leafOf(authority, { uris: [ids.receiver] })),
      code: unreachable,
      because: /the server is spiffe:\/\/cluster\.local\/ns\/eventing\/sa\/receiver, which is not among the allowed/,
    },
    'a process whose certificate has two URIs': {
      client: async () => mutualTls(await leafOf(authority, { uris: [ids.dispatcher, ids.receiver] })),
      code: unauthorized,
      because: /its certificate has 2 URIs; expected exactly one/,
    },
    'a controller whose certificate has two URIs': {
      server: async () => mutualTls(await leafOf(authority, { uris: [ids.controller, ids.receiver] })),
      code: unreachable,
      because: /its certificate has 2 URIs; expected exactly one/,
    },
    'a process that is known by its DNS name alone': {
      client: async () => mutualTls(await leafOf(authority, { uris: [], dnsNames: ['dispatcher.eventing.svc'] })),
      code: unauthorized,
      because: /its certificate has 0 URIs/,
    },
    'a process of another trust domain': {
      client: async () =>
        mutualTls(await leafOf(authority, { uris: ['spiffe://elsewhere/ns/eventing/sa/dispatcher'] })),
      code: unauthorized,
    },
    'a process of a tenant that says it is of the shared data plane': {
      client: async () => mutualTls(await leafOf(authority, { uris: [ids.tenant] })),
      code: unauthorized,
    },
    'a process of a tenant that says it is of the data plane of another': {
      client: async () => mutualTls(await leafOf(authority, { uris: [ids.tenant] })),
      identity: { namespace: 'bank' },
      code: unauthorized,
      because: /ns\/shop\/sa\/dispatcher may not be a dispatcher of the data plane of bank/,
    },
    'a process of the shared data plane that says it is of a tenant’s': {
      identity: { namespace: 'shop' },
      code: unauthorized,
    },
  };
  for (const [name, row] of Object.entries(rows)) {
    test(`security 8 V1 ${name} gets and gives nothing`, async () => {
      const { logger, lines } = recordingLogger();
      const process = served();
      await using server = await serve({ security: (await row.server?.()) ?? mutualTls(controller) });
      server.publish(stateOf(broker('a')));
      await using _subscription = await subscribe(server.port, process.apply, {
        security: (await row.client?.()) ?? mutualTls(dispatcher),
        identity: { nodeId: 'node-1', kind: 'dispatcher', namespace: '', ...row.identity },
        logger,
      });
      await until('the failure is logged', () => lines.some((line) => line.includes(row.code)));
      if (row.because !== undefined) assert.match(lines.join(''), row.because);
      assert.deepEqual(server.processes(), []);
      assert.equal(process.updates.length, 0);
    });
  }

  test('a process of a namespace’s own data plane is taken in for that', async () => {
    await using server = await serve({ security: mutualTls(controller) });
    server.publish(stateOf(broker('a', 1, { dataPlaneNamespace: 'shop' })));
    await using subscription = await subscribe(server.port, served().apply, {
      security: mutualTls(await leafOf(authority, { uris: [ids.tenant] })),
      identity: { nodeId: 'node-1', kind: 'dispatcher', namespace: 'shop' },
    });
    await subscription.firstApplied;
  });

  test('security 8 V1 a client without certificate, with an expired one, and one that speaks TLS 1.2, are turned away', async () => {
    await using server = await serve({ security: mutualTls(controller) });
    const expired = await leafOf(authority, { now: new Date(Date.now() - 2 * 3_600_000) });
    await assertTurnedAway(server.port, { ca: authority.certificate });
    await assertTurnedAway(server.port, expired);
    await assertTurnedAway(server.port, { ...dispatcher, maxVersion: 'TLSv1.2' });
    assert.equal(await handshake(server.port, dispatcher), 'TLSv1.3');
  });

  test('material that cannot be used is refused at the start', async () => {
    const isInvalid = (error: unknown) =>
      isContractStreamError(error) && error.code === 'CONTRACT_STREAM_INVALID_SECURITY';
    const expired = await leafOf(authority, { now: new Date(Date.now() - 2 * 3_600_000) });
    for (const bad of [{ key: controller.key }, { cert: 'x' }, { ca: '' }, expired]) {
      const security = mutualTls({ ...dispatcher, ...bad });
      await assert.rejects(serve({ security }), isInvalid);
      await assert.rejects(subscribe(1, served().apply, { security }), isInvalid);
    }
  });

  test('certificates and the CA are replaced without ending a stream, and new connections use the new ones', async () => {
    const bothCas = authority.certificate + other.certificate;
    const [serverMaterial, clientMaterial] = [new ChangingMaterial(controller), new ChangingMaterial(dispatcher)];
    const server = await serve({ security: mutualTls(serverMaterial) });
    server.publish(stateOf(broker('a')));
    const process = served();
    const first = await subscribe(server.port, process.apply, { security: mutualTls(clientMaterial) });
    await first.firstApplied;

    // Both CAs are trusted everywhere before the next one is used.
    serverMaterial.replace({ ...controller, ca: bothCas });
    clientMaterial.replace({ ...dispatcher, ca: bothCas });
    serverMaterial.replace({ ...(await leafOf(other, { uris: [ids.controller] })), ca: bothCas });
    clientMaterial.replace({ ...(await leafOf(other)), ca: bothCas });

    await assertTurnedAway(server.port, { ...dispatcher, ca: bothCas, maxVersion: 'TLSv1.2' });
    await assert.rejects(handshake(server.port, { ...dispatcher, ca: authority.certificate }));
    await using second = await subscribe(server.port, served().apply, {
      security: mutualTls(clientMaterial),
      identity: { nodeId: 'node-2', kind: 'dispatcher', namespace: '' },
    });
    await second.firstApplied;
    server.publish(stateOf(broker('a'), broker('b')));
    await until('the first stream brought a change', () => process.updates.length === 2);
    assert.ok(first.connected);
    assert.equal(server.processes().length, 2);

    await server[Symbol.asyncDispose]();
    await using next = await serve({ security: mutualTls(serverMaterial), epoch: 2n, port: server.port });
    next.publish(stateOf(broker('c')));
    await until('the first reconnects with new certificates', () => process.latest()!.resources.has('c'));
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    assert.equal(clientMaterial.watchers, 0, 'nobody watches what nobody uses');
  });

  test('new material that is bad is told, and the old one stays in use', async () => {
    const { logger, lines } = recordingLogger();
    const material = new ChangingMaterial(controller);
    await using server = await serve({ security: mutualTls(material), logger });
    server.publish(stateOf(broker('a')));
    const expired = await leafOf(authority, { uris: [ids.controller], now: new Date(Date.now() - 2 * 3_600_000) });
    for (const bad of [{ ...controller, cert: 'garbage' }, { ...controller, key: dispatcher.key }, expired]) {
      material.replace(bad);
      await using subscription = await subscribe(server.port, served().apply, { security: mutualTls(dispatcher) });
      await subscription.firstApplied;
    }
    const told = lines.filter((line) => line.includes('new certificates not used; those in use stay'));
    assert.equal(told.length, 3);
    assert.ok(!lines.join('').includes('PRIVATE KEY'));
  });
});

/** The version of TLS that a handshake came to. */
async function handshake(port: number, options: ConnectionOptions): Promise<string | null> {
  const socket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], ...options });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } finally {
    socket.destroy();
  }
}

/** With TLS 1.3 a client learns only after its own handshake that the server does not want it: it never hears a word of HTTP/2. */
async function assertTurnedAway(port: number, options: ConnectionOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], ...options });
  socket.on('data', () => resolve('spoken to'));
  socket.on('error', () => resolve('turned away'));
  socket.on('close', () => resolve('turned away'));
  assert.equal(await promise, 'turned away');
  socket.destroy();
}
