import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { test } from 'node:test';
import {
  ReplaceableMaterial,
  send,
  startTestServer,
  testAuthority,
  testMaterial,
} from '../testing/admission-server.ts';
import { contextWith } from '../testing/requests.ts';
import { isAdmissionError } from './index.ts';

const authority = await testAuthority();
const material = await testMaterial(authority);
const ca = authority.certificate;

const sink = {
  apiVersion: 'eventing.knative.dev/v1alpha1',
  kind: 'KafkaSink',
  metadata: { name: 's', namespace: 'ns' },
  spec: { topic: 't', bootstrapServers: ['kafka:9092'] },
};

/** What the API server sends. */
function review(object: unknown = sink, { apiVersion = 'admission.k8s.io/v1', kind = 'KafkaSink' } = {}): string {
  const version = kind === 'KafkaSink' ? 'v1alpha1' : 'v1';
  return JSON.stringify({
    apiVersion,
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: 'eventing.knative.dev', version, kind },
      operation: 'CREATE',
      namespace: 'ns',
      userInfo: { username: 'jane' },
      object,
      oldObject: null,
    },
  });
}

interface ReviewResponse {
  readonly apiVersion: string;
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patchType?: string;
    readonly patch?: string;
    readonly status?: { readonly code: number; readonly message: string };
    readonly warnings?: readonly string[];
  };
}

test('a review is answered with a patch', async () => {
  await using server = await startTestServer(new ReplaceableMaterial(material));
  const { statusCode, text } = await send(server.port, ca, '/defaulting?timeout=2s', review());
  assert.equal(statusCode, 200);
  const { response } = JSON.parse(text) as ReviewResponse;
  assert.equal(response.uid, 'u-1');
  assert.equal(response.allowed, true);
  assert.equal(response.patchType, 'JSONPatch');
  assert.deepEqual(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()), [
    {
      op: 'add',
      path: '/metadata/annotations',
      value: { 'eventing.knative.dev/creator': 'jane', 'eventing.knative.dev/lastModifier': 'jane' },
    },
    { op: 'add', path: '/spec/contentMode', value: 'binary' },
  ]);
});

test('a refusal says why, in both versions of a review', async () => {
  await using server = await startTestServer(new ReplaceableMaterial(material));
  for (const apiVersion of ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1']) {
    const bad = review({ ...sink, spec: { ...sink.spec, topic: '' } }, { apiVersion });
    const answer = JSON.parse((await send(server.port, ca, '/resource-validation', bad)).text) as ReviewResponse;
    assert.equal(answer.apiVersion, apiVersion);
    assert.equal(answer.response.allowed, false);
    assert.equal(answer.response.status?.code, 400);
    assert.match(answer.response.status.message, /^validation failed: invalid value: : spec\.topic/);
  }
});

test('a kind that is not looked at is refused, as somebody asked the wrong webhook', async () => {
  await using server = await startTestServer(new ReplaceableMaterial(material));
  for (const [path, kind] of [
    ['/resource-validation', 'Channel'],
    ['/config-validation', 'KafkaSink'],
  ] as const) {
    const { response } = JSON.parse((await send(server.port, ca, path, review(sink, { kind }))).text) as ReviewResponse;
    assert.match(response.status?.message ?? '', /^unhandled kind: eventing\.knative\.dev\//);
  }
});

const wrong: readonly (readonly [
  name: string,
  statusCode: number,
  path: string,
  body: string | Buffer,
  more?: { method?: string; headers?: Record<string, string> },
])[] = [
  ['an unknown path', 404, '/', review()],
  ['another method', 405, '/defaulting', '', { method: 'GET' }],
  ['another media type', 415, '/defaulting', review(), { headers: { 'content-type': 'text/plain' } }],
  ['no media type', 415, '/defaulting', review(), { headers: { 'content-type': '' } }],
  ['more than 3 MiB', 413, '/defaulting', Buffer.alloc(3 * 1024 * 1024 + 1, ' ')],
  [
    'more than 3 MiB of unknown length',
    413,
    '/defaulting',
    Buffer.alloc(4 * 1024 * 1024, ' '),
    { headers: { 'transfer-encoding': 'chunked' } },
  ],
  ['no JSON', 400, '/defaulting', '{"apiVersion":'],
  ['bytes that are no text', 400, '/defaulting', Buffer.from([0xff, 0xfe, 0x00])],
  ['JSON that is no review', 400, '/defaulting', '[]'],
  ['a review without a request', 400, '/defaulting', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'],
  ['a review of an unknown version', 400, '/defaulting', review(sink, { apiVersion: 'admission.k8s.io/v2' })],
];

for (const [name, statusCode, path, body, more] of wrong) {
  test(`${name} is answered ${statusCode}, and the next review is served`, async () => {
    await using server = await startTestServer(new ReplaceableMaterial(material));
    // A body beyond the limit is not read to its end: the answer may be overtaken by the end of the connection.
    const answer = await send(server.port, ca, path, body, more).catch(String);
    if (typeof answer === 'object') assert.equal(answer.statusCode, statusCode);
    else assert.equal(statusCode, 413, answer);
    assert.equal((await send(server.port, ca, '/defaulting', review())).statusCode, 200);
  });
}

const hostile: readonly (readonly [name: string, object: unknown])[] = [
  ['text in place of an object', 'text'],
  ['lists in place of objects', { metadata: [], spec: [], status: [] }],
  [
    'names of prototypes',
    JSON.parse(
      '{"__proto__":{"polluted":true},"metadata":{"annotations":{"__proto__":"x"}},"spec":{"constructor":{"prototype":{}}}}',
    ),
  ],
  ['numbers beyond all measure', { ...sink, spec: { ...sink.spec, numPartitions: 1e308, replicationFactor: -1e308 } }],
];

for (const [name, object] of hostile) {
  test(`${name}: every webhook answers, and lets nothing in that is no sink`, async () => {
    await using server = await startTestServer(new ReplaceableMaterial(material));
    for (const path of ['/defaulting', '/resource-validation']) {
      const answer = await send(server.port, ca, path, review(object));
      assert.equal(answer.statusCode, 200);
      if (path === '/resource-validation')
        assert.equal((JSON.parse(answer.text) as ReviewResponse).response.allowed, false, answer.text);
    }
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
}

test('an object nested 100,000 deep is refused, and the next review is served', async () => {
  await using server = await startTestServer(new ReplaceableMaterial(material));
  const deep = review().replace('"spec":{', `"spec":{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`);
  const answer = JSON.parse((await send(server.port, ca, '/resource-validation', deep)).text) as ReviewResponse;
  assert.equal(answer.response.allowed, false);
  assert.equal((await send(server.port, ca, '/defaulting', review())).statusCode, 200);
});

test('an internal error refuses, and tells nothing of its cause', async () => {
  const context = contextWith(
    {},
    {
      configMap: () => {
        throw new Error('password=hunter2');
      },
    },
  );
  await using server = await startTestServer(new ReplaceableMaterial(material), { context });
  const trigger = { metadata: { name: 't', namespace: 'ns' }, spec: {} };
  const { text } = await send(server.port, ca, '/resource-validation', review(trigger, { kind: 'Trigger' }));
  const { response } = JSON.parse(text) as ReviewResponse;
  assert.equal(response.allowed, false);
  assert.equal(response.status?.code, 500);
  assert.match(response.status.message, /its log says why \(review u-1\)$/);
  assert.ok(!text.includes('hunter2'));
});

test('a review waits for ConfigMaps that are not known yet', async () => {
  let looks = 0;
  const context = contextWith(
    { 'config-br-defaults': { 'default-br-config': 'clusterDefault: { brokerClass: KafkaNamespaced }' } },
    { isPending: (name) => name === 'config-br-defaults' && (looks += 1) < 5 },
  );
  await using server = await startTestServer(new ReplaceableMaterial(material), { context });
  const broker = { metadata: { name: 'b', namespace: 'ns' } };
  const { text } = await send(server.port, ca, '/defaulting', review(broker, { kind: 'Broker' }));
  const { response } = JSON.parse(text) as ReviewResponse;
  assert.match(Buffer.from(response.patch ?? '', 'base64').toString(), /KafkaNamespaced/);
});

test('a review is to be sent again when ConfigMaps are not known in time, and nothing is decided', async () => {
  const context = contextWith({}, { isPending: () => true });
  await using server = await startTestServer(new ReplaceableMaterial(material), { context });
  const { text } = await send(server.port, ca, '/defaulting', review());
  const { response } = JSON.parse(text) as ReviewResponse;
  assert.equal(response.allowed, false);
  assert.equal(response.status?.code, 503);
  assert.match(response.status.message, /try again$/);
});

test('a new certificate is served from its change on, and one that is broken is not', async () => {
  const tls = new ReplaceableMaterial(material);
  await using server = await startTestServer(tls);
  const next = await testAuthority();
  tls.replace({ ...(await testMaterial(next)), key: 'no key' });
  assert.equal((await send(server.port, ca, '/defaulting', review())).statusCode, 200);
  tls.replace(await testMaterial(next));
  assert.equal((await send(server.port, next.certificate, '/defaulting', review())).statusCode, 200);
  await assert.rejects(send(server.port, ca, '/defaulting', review()), /certificate/);
});

test('TLS below 1.2 is refused', async () => {
  await using server = await startTestServer(new ReplaceableMaterial(material));
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const socket = connect({
    host: 'localhost',
    port: server.port,
    ca,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'ALL:@SECLEVEL=0',
  });
  socket.on('secureConnect', () => resolve(undefined)).on('error', reject);
  await assert.rejects(promise);
  socket.destroy();
});

test('disposing ends also while a client holds a request back', async () => {
  const server = await startTestServer(new ReplaceableMaterial(material));
  const socket = connect({ host: 'localhost', port: server.port, ca });
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.on('secureConnect', resolve));
  socket.write(
    'POST /defaulting HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
  );
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await closed;
});

test('a port that is taken is named', async () => {
  await using server = await startTestServer(new ReplaceableMaterial(material));
  await assert.rejects(
    startTestServer(new ReplaceableMaterial(material), { port: server.port }),
    (error) =>
      isAdmissionError(error) && error.code === 'ADMISSION_PORT_IN_USE' && error.message.includes(String(server.port)),
  );
});

test('a key of another certificate is refused at the start', async () => {
  const other = await testMaterial(authority);
  await assert.rejects(
    startTestServer(new ReplaceableMaterial({ ...material, key: other.key })),
    (error) => isAdmissionError(error) && error.code === 'ADMISSION_CERTIFICATE_UNUSABLE',
  );
});
