import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startProcess } from '@eventing-kafka/app-runtime/testing';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

test('serves HTTPS with the certificate of a folder', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tls-'));
  try {
    const { caPem, server } = await makeCertificates();
    await writeFile(join(directory, 'tls.crt'), server.certPem);
    await writeFile(join(directory, 'tls.key'), server.keyPem);
    const env = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', INGRESS_HOST: '127.0.0.1', INGRESS_PORT: '0' };
    const tls = { INGRESS_TLS_DIR: directory, INGRESS_TLS_PORT: '0', LOG_FORMAT: 'json' };
    await using app = startProcess([main], { env: { ...env, ...tls } });
    const { tlsUrl } = await app.logged('receiver started');
    assert.equal(
      await new Promise((resolve, reject) => {
        const asked = request(new URL('/healthz', tlsUrl), { ca: caPem }, (answer) => resolve(answer.statusCode));
        asked.on('error', reject);
        asked.end();
      }),
      200,
    );
    app.child.kill('SIGTERM');
    assert.equal(await app.exitCode(), 0, app.stderr);
  } finally {
    await rm(directory, { recursive: true });
  }
});
