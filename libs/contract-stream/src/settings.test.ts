import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isConfigError, readSettings } from '@eventing-kafka/config';
import {
  isContractStreamError,
  readStreamClient,
  readServerMaterial,
  readServerSecurity,
  streamClientSettings,
  streamServerSettings,
  type StreamSecurity,
} from './index.ts';

type Env = Readonly<Record<string, string>>;

const readServer = (env: Env) => readServerSecurity(readSettings(streamServerSettings, { env }));
const readClient = (env: Env) => readStreamClient('receiver', readSettings(streamClientSettings('receiver'), { env }));

function isInvalid(because: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isContractStreamError(error), String(error));
    assert.equal(error.code, 'CONTRACT_STREAM_INVALID_SECURITY');
    assert.match(error.message, because);
    assert.ok(!error.message.includes('\n'));
    return true;
  };
}

/** What there is to compare: the source of the material is an object of its own. */
function plain(security: StreamSecurity): unknown {
  return security.kind === 'insecure' ? security : { peers: security.peers, material: security.material.current };
}

const clientPeers = { CONTRACT_PEER_IDS: 'eventing/controller' };
const serverPeers = {
  CONTRACT_RECEIVER_IDS: 'eventing/receiver,{namespace}/receiver',
  CONTRACT_DISPATCHER_IDS: 'spiffe://elsewhere/ns/eventing/sa/dispatcher',
};
const material = { ca: 'PEM of ca.crt', cert: 'PEM of tls.crt', key: 'PEM of tls.key' };

describe('the files of mutual TLS', () => {
  let folder: string;
  let files: Env;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-settings-'));
    files = {
      CONTRACT_CA_FILE: join(folder, 'ca.crt'),
      CONTRACT_CERT_FILE: join(folder, 'tls.crt'),
      CONTRACT_KEY_FILE: join(folder, 'tls.key'),
    };
    for (const name of ['ca.crt', 'tls.crt', 'tls.key']) await writeFile(join(folder, name), `PEM of ${name}`);
  });
  after(() => rm(folder, { recursive: true }));

  test('are read for a server and for a client, named one by one or as a folder', async () => {
    for (const named of [files, { CONTRACT_TLS_DIR: folder }]) {
      assert.deepEqual(plain(await readServer({ ...named, ...serverPeers })), {
        material,
        peers: {
          receiver: [
            'spiffe://cluster.local/ns/eventing/sa/receiver',
            'spiffe://cluster.local/ns/{namespace}/sa/receiver',
          ],
          dispatcher: ['spiffe://elsewhere/ns/eventing/sa/dispatcher'],
        },
      });
      const client = await readClient({ ...named, ...clientPeers, CONTRACT_TRUST_DOMAIN: 'example.org' });
      assert.deepEqual(plain(client.security), {
        material,
        peers: { controller: ['spiffe://example.org/ns/eventing/sa/controller'] },
      });
    }
  });

  test('belong together', () => {
    for (const [setting, file] of Object.entries(files)) {
      for (const env of [{ ...files, [setting]: '' }, { [setting]: file }]) {
        for (const schema of [streamServerSettings, streamClientSettings('dispatcher')]) {
          assert.throws(
            () => readSettings(schema, { env }),
            (error) => isConfigError(error) && error.message.includes('set all three or none'),
          );
        }
      }
    }
  });

  test('that are missing or unreadable are told in one line with the setting, the file and the remedy', async () => {
    for (const [file, why] of [
      [join(folder, 'none'), 'does not exist'],
      [folder, 'cannot be read'],
    ] as const) {
      for (const setting of Object.keys(files)) {
        const told = new RegExp(
          `^${setting} names ${file}, which ${why}.*; name a PEM file that this process may read$`,
        );
        await assert.rejects(readServer({ ...files, ...serverPeers, [setting]: file }), isInvalid(told));
      }
    }
    const told = /^CONTRACT_TLS_DIR names .*none\/ca\.crt, which does not exist/;
    await assert.rejects(readServer({ CONTRACT_TLS_DIR: join(folder, 'none'), ...serverPeers }), isInvalid(told));
  });

  test('are of no use without knowing who may be at the other end', async () => {
    await assert.rejects(readServer(files), isInvalid(/CONTRACT_RECEIVER_IDS and CONTRACT_DISPATCHER_IDS/));
    await assert.rejects(readClient(files), isInvalid(/CONTRACT_PEER_IDS must name who may be the controller/));
    for (const bad of ['controller', 'a/b/c', 'spiffe://x/ns/a', 'Eventing/controller', '/']) {
      const told = isInvalid(/^CONTRACT_PEER_IDS names ".*"; give accounts as namespace\/account/);
      await assert.rejects(readClient({ ...files, CONTRACT_PEER_IDS: bad }), told);
    }
  });

  test('are read alone for a server that knows by itself who may connect', async () => {
    const read = (env: Env) => readServerMaterial(readSettings(streamServerSettings, { env }));
    assert.deepEqual((await read({ ...files, ...inKubernetes }))?.current, material);
    assert.equal(await read(inKubernetes), undefined);
  });

  test('go with a token that is read for each connection', async () => {
    const CONTRACT_TOKEN_FILE = join(folder, 'token');
    const { token } = await readClient({ ...files, ...clientPeers, CONTRACT_TOKEN_FILE });
    await assert.rejects(token!(), /ENOENT/);
    await writeFile(CONTRACT_TOKEN_FILE, 'first\n');
    assert.equal(await token!(), 'first');
    await writeFile(CONTRACT_TOKEN_FILE, 'second');
    assert.equal(await token!(), 'second');
    await writeFile(CONTRACT_TOKEN_FILE, ' ');
    await assert.rejects(token!(), isInvalid(/which holds no token/));
  });
});

const inKubernetes = { KUBERNETES_SERVICE_PORT_HTTPS: '443' };

describe('without certificates the stream is insecure', () => {
  test('on one machine', async () => {
    assert.deepEqual(await readServer({}), { kind: 'insecure' });
    for (const address of ['127.0.0.1:1', 'localhost:1', '[::1]:1', '127.10.0.1:1']) {
      assert.deepEqual((await readClient({ CONTRACT_ADDRESS: address })).security, { kind: 'insecure' });
    }
  });

  test('between machines only when it is asked for', async () => {
    const told = isInvalid(/without TLS at .*, which other machines reach; set CONTRACT_TLS_DIR .*, or say --insecure/);
    await assert.rejects(readServer({ CONTRACT_HOST: '0.0.0.0' }), told);
    await assert.rejects(readClient({ CONTRACT_ADDRESS: 'controller:8090' }), told);
    await assert.rejects(readClient({ CONTRACT_ADDRESS: '127.0.0.1.example.org:8090' }), told);
    assert.deepEqual(await readServer({ CONTRACT_HOST: '0.0.0.0', CONTRACT_INSECURE: 'true' }), { kind: 'insecure' });
    const client = await readClient({ CONTRACT_ADDRESS: 'controller:8090', CONTRACT_INSECURE: 'true' });
    assert.deepEqual(client.security, { kind: 'insecure' });
  });

  test('and never in Kubernetes', async () => {
    const told = isInvalid(/^In Kubernetes contracts are only pushed over mutual TLS; set CONTRACT_TLS_DIR/);
    await assert.rejects(readServer(inKubernetes), told);
    await assert.rejects(readClient(inKubernetes), told);
    assert.throws(
      () => readSettings(streamServerSettings, { env: { ...inKubernetes, CONTRACT_INSECURE: 'true' } }),
      (error) => isConfigError(error) && error.message.includes('--insecure is not for Kubernetes'),
    );
  });

  test('and a token is not sent', async () => {
    await assert.rejects(readClient({ CONTRACT_TOKEN_FILE: '/t' }), isInvalid(/CONTRACT_TOKEN_FILE needs mutual TLS/));
  });

  test('which contradicts certificates', () => {
    for (const env of [
      { CONTRACT_TLS_DIR: '/t', CONTRACT_INSECURE: 'true' },
      { CONTRACT_TLS_DIR: '/t', CONTRACT_CA_FILE: 'a', CONTRACT_CERT_FILE: 'b', CONTRACT_KEY_FILE: 'c' },
    ]) {
      assert.throws(() => readSettings(streamServerSettings, { env }), isConfigError);
    }
  });
});

test('a client is told where its controller is and who it is itself', async () => {
  const env = {
    CONTRACT_ADDRESS: 'localhost:1',
    NODE_ID: 'r1',
    RESOURCES_NAMESPACE: 'shop',
    RESOURCE_KINDS: 'Broker,KafkaSink',
    CONTRACT_SNAPSHOT_FILE: '/s',
  };
  assert.deepEqual(await readClient(env), {
    target: 'localhost:1',
    security: { kind: 'insecure' },
    identity: { nodeId: 'r1', kind: 'receiver', namespace: 'shop', resourceKinds: ['Broker', 'KafkaSink'] },
    snapshotFile: '/s',
  });
});

test('a client that is told nothing is known by host and process, and keeps no snapshot', async () => {
  const settings = readSettings(streamClientSettings('dispatcher'), { env: {} });
  assert.deepEqual(await readStreamClient('dispatcher', settings), {
    target: '127.0.0.1:8090',
    security: { kind: 'insecure' },
    identity: {
      nodeId: `${hostname()}-${process.pid}`,
      kind: 'dispatcher',
      namespace: '',
      resourceKinds: [],
    },
  });
});
