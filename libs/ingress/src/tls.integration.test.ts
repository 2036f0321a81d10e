import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import type { LocalCertificates } from '@eventing-kafka/local-kafka';
import { silentLogger, type Logger } from '@eventing-kafka/logging';
import { startMetrics } from '@eventing-kafka/metrics';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { openConnection, requestText, type RawAnswer, type RawRequest } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { Ingress } from './start-ingress.ts';

/** A folder as Kubernetes mounts a Secret: links to what is behind `..data`, which is swapped. */
class SecretVolume implements AsyncDisposable {
  readonly directory: string;
  #versions = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<SecretVolume> {
    return new SecretVolume(await mkdtemp(join(tmpdir(), 'tls-')));
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    const version = `..version-${++this.#versions}`;
    await mkdir(join(this.directory, version));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(this.directory, version, name), text);
      if (this.#versions === 1) await symlink(join('..data', name), join(this.directory, name));
    }
    await symlink(version, join(this.directory, '..next'));
    await rename(join(this.directory, '..next'), join(this.directory, '..data'));
  }

  writePair({ server }: LocalCertificates): Promise<void> {
    return this.write({ 'tls.crt': server.certPem, 'tls.key': server.keyPem });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'it did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function start(volume: SecretVolume, logger: Logger = silentLogger): Promise<Ingress> {
  const ingress = await startTestIngress(new ScriptedKafka(), {
    logger,
    tls: { directory: volume.directory, port: 0 },
    limits: { drainTimeoutMs: 100 },
  });
  await ingress.apply(new ContractHistory().next(resource('a', { path: '/a' })));
  return ingress;
}

/** A connection that trusts `caPem`, or the reason for there being none. */
async function dial(url: string, caPem: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca: caPem });
  await once(socket, 'secureConnect');
  return socket;
}

/** Posts an event on an open connection and gives the status line. */
async function post(socket: TLSSocket): Promise<string> {
  const headers = ['host: a', 'ce-specversion: 1.0', 'ce-id: 1', 'ce-source: /s', 'ce-type: t', 'content-length: 2'];
  socket.write(`POST /a HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\nhi`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString().split('\r\n')[0] ?? '';
}

async function postPlain(ingress: Ingress): Promise<number> {
  const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' };
  return (await fetch(`${ingress.url}/a`, { method: 'POST', headers, body: 'hi' })).status;
}

const https = (ingress: Ingress): string => {
  assert.ok(ingress.tlsUrl !== undefined, 'HTTPS is served');
  return ingress.tlsUrl;
};

test('security 8 T1: without certificate files only HTTP listens', async () => {
  await using volume = await SecretVolume.make();
  await using ingress = await start(volume);
  assert.equal(ingress.tlsUrl, undefined);
  assert.equal(await postPlain(ingress), 202);
  await using other = await startTestIngress(new ScriptedKafka(), { tls: { directory: '/nonexistent', port: 0 } });
  assert.equal(other.tlsUrl, undefined);
});

test('the same events are taken over TLS, 1.2 and 1.3, and by no older one', async () => {
  await using volume = await SecretVolume.make();
  const certificates = await makeCertificates();
  await volume.writePair(certificates);
  await using ingress = await start(volume);
  const port = Number(new URL(https(ingress)).port);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = connect({ host: '127.0.0.1', port, ca: certificates.caPem, maxVersion: version });
    await once(socket, 'secureConnect');
    assert.equal(await post(socket), 'HTTP/1.1 202 Accepted');
    socket.destroy();
  }
  const old = connect({ host: '127.0.0.1', port, ca: certificates.caPem, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
  await assert.rejects(once(old, 'secureConnect'));
});

test('HTTPS begins when the files come', async () => {
  await using volume = await SecretVolume.make();
  await using ingress = await start(volume);
  const certificates = await makeCertificates();
  await volume.writePair(certificates);
  await until(() => ingress.tlsUrl !== undefined);
  assert.equal(await post(await dial(https(ingress), certificates.caPem)), 'HTTP/1.1 202 Accepted');
});

test('receiver 20.7 X-14: a new certificate is used by new connections, and those there are live on', async () => {
  await using volume = await SecretVolume.make();
  const [first, second] = [await makeCertificates(), await makeCertificates()];
  await volume.writePair(first);
  await using ingress = await start(volume);
  const before = await dial(https(ingress), first.caPem);
  assert.equal(await post(before), 'HTTP/1.1 202 Accepted');
  await volume.writePair(second);
  await until(() =>
    dial(https(ingress), second.caPem).then(
      (socket) => !socket.destroy().connecting,
      () => false,
    ),
  );
  await assert.rejects(dial(https(ingress), first.caPem));
  assert.equal(await post(before), 'HTTP/1.1 202 Accepted');
});

test('a pair that cannot be used is logged, and the one before goes on', async () => {
  await using volume = await SecretVolume.make();
  const [first, second] = [await makeCertificates(), await makeCertificates()];
  await volume.writePair(first);
  const logged: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (text, fields) => logged.push([text, fields?.['why']]) };
  await using ingress = await start(volume, logger);
  await volume.write({ 'tls.crt': second.server.certPem, 'tls.key': first.server.keyPem });
  await until(() => logged.length > 0);
  assert.deepEqual(logged, [
    ['TLS certificate cannot be used: the one before goes on', 'tls.key does not belong to tls.crt'],
  ]);
  assert.equal(await post(await dial(https(ingress), first.caPem)), 'HTTP/1.1 202 Accepted');
});

test('security 8 T3: HTTPS stops when the files are removed, and HTTP is unaffected', async () => {
  await using volume = await SecretVolume.make();
  const certificates = await makeCertificates();
  await volume.writePair(certificates);
  await using ingress = await start(volume);
  const url = https(ingress);
  const idle = await dial(url, certificates.caPem);
  assert.equal(await post(idle), 'HTTP/1.1 202 Accepted');
  const ended = once(idle, 'close');
  await volume.write({});
  await until(() => ingress.tlsUrl === undefined);
  await assert.rejects(dial(url, certificates.caPem), { code: 'ECONNREFUSED' });
  await ended;
  assert.equal(await postPlain(ingress), 202);
  await volume.writePair(certificates);
  await until(() => ingress.tlsUrl !== undefined);
  assert.equal(await post(await dial(https(ingress), certificates.caPem)), 'HTTP/1.1 202 Accepted');
});

test('the mode of transport encryption closes a port to all but health, and may change while connections stay', async () => {
  await using volume = await SecretVolume.make();
  const certificates = await makeCertificates();
  await volume.writePair(certificates);
  await using ingress = await start(volume);
  const secure = await dial(https(ingress), certificates.caPem);
  const plain = await openConnection(ingress.port);
  const plainly = async (request: RawRequest): Promise<RawAnswer> => {
    plain.write(requestText(request));
    const answer = await plain.answer();
    assert.ok(answer);
    return answer;
  };
  const event = { target: '/a', lines: ['ce-specversion: 1.0', 'ce-id: 1', 'ce-source: /s', 'ce-type: t'], body: 'hi' };
  for (const [mode, http, overTls] of [
    ['strict', 404, '202 Accepted'],
    ['permissive', 202, '202 Accepted'],
    ['disabled', 202, '404 Not Found'],
  ] as const) {
    ingress.setTransportEncryption(mode);
    const answer = await plainly(event);
    assert.equal(answer.status, http, mode);
    if (http === 404) assert.equal(answer.body, 'Events are taken over HTTPS only here.\n');
    assert.equal(await post(secure), `HTTP/1.1 ${overTls}`, mode);
    for (const target of ['/healthz', '/readyz'])
      assert.equal((await plainly({ method: 'GET', target, framed: true })).status, 200);
    const probe = await plainly({ method: 'GET', target: '/a', lines: ['K-Network-Probe: probe'], framed: true });
    assert.equal(probe.status, http === 404 ? 404 : 200);
    assert.equal((await plainly({ method: 'GET', target: '/', framed: true })).status, http === 404 ? 404 : 405);
  }
  secure.destroy();
});

test('a stop waits for nobody who never shook hands', { timeout: 20_000 }, async () => {
  await using volume = await SecretVolume.make();
  await volume.writePair(await makeCertificates());
  const ingress = await start(volume);
  const silent = connectTcp(Number(new URL(https(ingress)).port), '127.0.0.1');
  await once(silent, 'connect');
  silent.on('error', () => undefined);
  const ended = once(silent, 'close');
  await ingress[Symbol.asyncDispose]();
  await ended;
});

test('when the certificate ends is a metric', async (context: TestContext) => {
  await using metrics = await startMetrics({
    serviceName: context.name,
    serviceNamespace: '',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  await using volume = await SecretVolume.make();
  await volume.writePair(await makeCertificates());
  await using _ingress = await startTestIngress(new ScriptedKafka(), {
    meter: metrics.meter,
    tls: { directory: volume.directory, port: 0 },
  });
  const text = await (await fetch(new URL('/metrics', metrics.admin.url))).text();
  const [, value] = /^eventing_kafka_ingress_certificate_expiry_seconds(?:\{.*\})? (\d+)/m.exec(text) ?? [];
  assert.ok(Math.abs(Number(value) - Date.now() / 1000 - 86_400) < 120, text);
});
