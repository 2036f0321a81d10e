import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, untilStatus, type RunningProcess } from '@eventing-kafka/app-runtime/testing';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(env: Readonly<Record<string, string>>): RunningProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', INGRESS_HOST: '127.0.0.1', INGRESS_PORT: '0' };
  return startProcess([main], { env: { ...fixed, LOG_FORMAT: 'json', ...env } });
}

test(
  'plain HTTP is closed in strict, and opened again when the flag of the folder changes',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'features-'));
    try {
      await writeFile(join(folder, 'transport-encryption'), 'Strict\n');
      await writeFile(join(folder, 'contract.json'), '{"generation":"1","resources":[]}');
      await using app = start({ FEATURES_DIR: folder, CONTRACT_FILE: join(folder, 'contract.json') });
      const { url } = await app.logged('receiver started');
      await untilStatus(200, '/readyz', url);
      assert.equal((await fetch(new URL('/', url))).status, 404);
      await writeFile(join(folder, 'transport-encryption'), 'permissive');
      await untilStatus(405, '/', url);
      app.child.kill('SIGTERM');
      assert.equal(await app.exitCode(), 0, app.stderr);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test('a folder of flags and a mode of its own contradict each other', { timeout: 60_000 }, async () => {
  await using app = start({ FEATURES_DIR: '/nonexistent', TRANSPORT_ENCRYPTION: 'strict' });
  assert.notEqual(await app.exitCode(), 0);
  assert.match(app.stderr, /FEATURES_DIR and TRANSPORT_ENCRYPTION are both set/);
});
