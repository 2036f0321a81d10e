import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { createInClusterClient } from '@eventing-kafka/in-cluster';
import { createPodSecretReader } from './pod-secret-reader.ts';
import type { SecretReader } from './secret-reader.ts';

const certificates = await makeCertificates();

interface Started extends AsyncDisposable {
  readonly reader: SecretReader;
  readonly folder: string;
}

/** Something that speaks HTTPS where the API server would be; the API itself is asked in e2e. */
async function start(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Started> {
  const { certPem, keyPem } = certificates.server;
  const server = createServer({ cert: certPem, key: keyPem }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'service-account-'));
  await writeFile(join(folder, 'token'), 'first\n');
  await writeFile(join(folder, 'ca.crt'), certificates.caPem);
  const { port } = server.address() as AddressInfo;
  return {
    folder,
    reader: createPodSecretReader(createInClusterClient({ host: '127.0.0.1', port, serviceAccountDir: folder })),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const never = new AbortController().signal;

test('asks for one Secret by its name, as the ServiceAccount of the moment, and decodes it', async () => {
  const asked: unknown[] = [];
  await using started = await start(({ method, url, headers }, response) => {
    asked.push([method, url, headers.authorization]);
    response.end(JSON.stringify({ data: { user: 'YWxpY2U=', password: Buffer.from('a"b\\c;').toString('base64') } }));
  });
  const data = await started.reader.read('ns', 'a/../b', never);
  await writeFile(join(started.folder, 'token'), 'second');
  await started.reader.read('ns', 's', never);
  assert.deepEqual(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value).toString()]),
    [
      ['user', 'alice'],
      ['password', 'a"b\\c;'],
    ],
  );
  assert.deepEqual(asked, [
    ['GET', '/api/v1/namespaces/ns/secrets/a%2F..%2Fb', 'Bearer first'],
    ['GET', '/api/v1/namespaces/ns/secrets/s', 'Bearer second'],
  ]);
});

test('a Secret without data is empty, one that is not there undefined', async () => {
  await using started = await start(({ url }, response) => {
    response.statusCode = url?.endsWith('/empty') === true ? 200 : 404;
    response.end('{}');
  });
  assert.deepEqual(await started.reader.read('ns', 'empty', never), {});
  assert.equal(await started.reader.read('ns', 'missing', never), undefined);
});

test('a refusal says what Kubernetes says', async () => {
  await using started = await start((_request, response) => {
    response.statusCode = 403;
    response.end(JSON.stringify({ message: 'secrets "s" is forbidden' }));
  });
  await assert.rejects(started.reader.read('ns', 's', never), {
    statusCode: 403,
    message: 'Kubernetes answered 403: secrets "s" is forbidden',
  });
});

test('an answer without end is cut off, one that does not come is not waited for', async () => {
  await using started = await start(({ url }, response) => {
    if (url?.endsWith('/silent') === true) return;
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(started.reader.read('ns', 'endless', never), /larger than/);
  const stop = new AbortController();
  const asked = assert.rejects(started.reader.read('ns', 'silent', stop.signal));
  stop.abort();
  await asked;
});

test('a server of another CA gets no token', async () => {
  let requests = 0;
  await using started = await start((_request, response) => {
    requests += 1;
    response.end('{}');
  });
  await writeFile(join(started.folder, 'ca.crt'), (await makeCertificates()).caPem);
  await assert.rejects(started.reader.read('ns', 's', never), /certificate|signature/);
  assert.equal(requests, 0);
});
