import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isConfigError, readSettings } from '@eventing-kafka/config';
import { isContractStreamError } from './errors.ts';
import { readStreamClient, readStreamSecurity, streamClientSettings, streamServerSettings } from './settings.ts';

describe('the files of mutual TLS', () => {
  let folder: string;
  let files: Readonly<Record<string, string>>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-settings-'));
    files = {
      CONTRACT_CA_FILE: join(folder, 'ca'),
      CONTRACT_CERT_FILE: join(folder, 'cert'),
      CONTRACT_KEY_FILE: join(folder, 'key'),
    };
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, name), `PEM of ${name}`);
  });
  after(() => rm(folder, { recursive: true }));

  test('are read for a server and for a client', async () => {
    const security = { kind: 'mutual-tls', ca: 'PEM of ca', cert: 'PEM of cert', key: 'PEM of key' };
    assert.deepEqual(await readStreamSecurity(readSettings(streamServerSettings, { env: files })), security);
    const client = readSettings(streamClientSettings('receiver'), { env: files });
    assert.deepEqual((await readStreamClient('receiver', client)).security, security);
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
        const settings = readSettings(streamServerSettings, { env: { ...files, [setting]: file } });
        await assert.rejects(readStreamSecurity(settings), (error) => {
          assert.ok(isContractStreamError(error));
          assert.equal(error.code, 'CONTRACT_STREAM_INVALID_SECURITY');
          assert.ok(error.message.startsWith(`${setting} names ${file}, which ${why}`), error.message);
          assert.match(error.message, /^[^\n]+; name a PEM file that this process may read$/);
          return true;
        });
      }
    }
  });
});

test('without files the stream is insecure', async () => {
  const settings = readSettings(streamServerSettings, { env: {} });
  assert.deepEqual(await readStreamSecurity(settings), { kind: 'insecure' });
});

test('a client is told where its controller is and who it is itself', async () => {
  const env = {
    CONTRACT_ADDRESS: 'controller:1',
    NODE_ID: 'r1',
    RESOURCES_NAMESPACE: 'shop',
    CONTRACT_SNAPSHOT_FILE: '/s',
  };
  assert.deepEqual(await readStreamClient('receiver', readSettings(streamClientSettings('receiver'), { env })), {
    target: 'controller:1',
    security: { kind: 'insecure' },
    identity: { nodeId: 'r1', kind: 'receiver', namespace: 'shop' },
    snapshotFile: '/s',
  });
});

test('a client that is told nothing is known by host and process, and keeps no snapshot', async () => {
  const settings = readSettings(streamClientSettings('dispatcher'), { env: {} });
  assert.deepEqual(await readStreamClient('dispatcher', settings), {
    target: '127.0.0.1:8090',
    security: { kind: 'insecure' },
    identity: { nodeId: `${hostname()}-${process.pid}`, kind: 'dispatcher', namespace: '' },
  });
});
