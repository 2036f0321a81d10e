import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE, openConnection, requestText } from '../testing/raw-http.ts';
import type { RawAnswer, RawRequest } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { Ingress } from './start-ingress.ts';

const kafka = new ScriptedKafka();
let ingress: Ingress;

before(async () => {
  ingress = await startTestIngress(kafka);
  const refused = await ingress.apply(
    new ContractHistory().next(
      resource('broker', { path: '/ns/broker' }, { topics: ['topic-name-42'] }),
      resource('no-ingress', undefined),
      resource('sink', { path: '/ns/sink', host: 'http://host3' }),
      resource('host', { path: '/', host: 'http://host2' }),
      resource('channel', { path: '/ns/ch', host: 'c-kn-channel.ns.svc.cluster.local' }),
      resource('audience', { path: '/ns/aud', audience: 'eventing.knative.dev/broker/ns/aud' }),
      resource('root', { path: '/' }),
    ),
  );
  assert.deepEqual(refused.map((part) => `${part.resourceUid} ${part.reason}`).sort(), [
    'audience AuthenticationUnsupported',
    'root AddressMissing',
  ]);
});

after(() => ingress[Symbol.asyncDispose]());

/** The answer, and the topics of what was produced for it. */
async function play(request: RawRequest): Promise<{ answer: RawAnswer; topics: readonly string[] }> {
  kafka.sent.length = 0;
  const answer = await ask(ingress.port, request);
  assert.ok(answer);
  return { answer, topics: kafka.sent.map((record) => record.topic) };
}

describe('routes and methods', () => {
  const rows: readonly (readonly [row: string, request: RawRequest, status: number, topic?: string])[] = [
    ['receiver 20.1 R-01: an unknown path', { target: '/ns/broker1', lines: eventE }, 404],
    ['receiver 20.1 R-02: a path that ends in a known one', { target: '/x/ns/broker', lines: eventE }, 404],
    ['receiver 20.1 R-03: a known path', { lines: eventE }, 202, 'topic-name-42'],
    [
      'receiver 20.1 R-05: a probe where the resource has no ingress',
      { method: 'GET', target: '/ns/no-ingress', lines: ['K-Network-Probe: probe'] },
      404,
    ],
    ['receiver 20.1 R-07: liveness', { method: 'GET', target: '/healthz' }, 200],
    ['receiver 20.1 R-07: readiness', { method: 'GET', target: '/readyz' }, 200],
    ['receiver 4.4: readiness with a query', { method: 'GET', target: '/readyz?exclude=a' }, 200],
    ['receiver 4.4: liveness in absolute form', { method: 'GET', target: 'http://h.example/healthz' }, 200],
    ['receiver 4.4: a health path is exact', { method: 'GET', target: '/Healthz' }, 405],
    [
      'receiver 20.1 R-08: an event to a path that looks like nothing',
      { target: '/does-not-exists-42', lines: eventE },
      404,
    ],
    ['receiver 20.1 R-09: GET /', { method: 'GET', target: '/' }, 405],
    ['receiver 20.1 R-10: another probe value', { method: 'GET', lines: ['K-Network-Probe: probea'] }, 405],
    [
      'receiver 20.1 R-11: an event with a probe header',
      { lines: [...eventE, 'K-Network-Probe: probe'] },
      202,
      'topic-name-42',
    ],
    ['receiver 20.1 R-12: GET with an event', { method: 'GET', lines: eventE, body: '{}' }, 405],
    ['receiver 20.1 R-13: PUT', { method: 'PUT', lines: eventE, body: '{}' }, 405],
    ['receiver 20.1 R-13: DELETE', { method: 'DELETE' }, 405],
    ['receiver 20.1 R-13: PATCH', { method: 'PATCH' }, 405],
    ['receiver 4.2: a method nobody knows', { method: 'FOO', lines: eventE }, 405],
    ['receiver 4.2: a method in lower case', { method: 'post', lines: eventE }, 405],
    ['receiver 4.2: CONNECT', { method: 'CONNECT', lines: eventE }, 405],
    ['receiver 20.1 R-14: GET of an unknown path', { method: 'GET', target: '/nope' }, 405],
    ['receiver 20.1 R-15: a query', { target: '/ns/broker?x=1', lines: eventE }, 202, 'topic-name-42'],
    ['receiver 20.1 R-16: a second slash in front', { target: '//ns/broker', lines: eventE }, 404],
    ['receiver 20.1 R-16: another case', { target: '/Ns/broker', lines: eventE }, 404],
    ['receiver 20.1 R-22: a host', { target: '/', host: 'http://host2', lines: eventE }, 202, 'topic-host'],
    [
      'receiver 20.1 R-25: a path with a slash at its end',
      { target: '/ns/broker/', host: 'http://host2', lines: eventE },
      202,
      'topic-name-42',
    ],
    [
      'receiver 20.1 R-29: a host for an unknown path',
      { target: '/doesntExist', host: 'http://host3', lines: eventE },
      202,
      'topic-sink',
    ],
    ['receiver 20.1 R-30: unknown path and host', { target: '/', host: 'http://unknown', lines: eventE }, 404],
    ['receiver 20.1 R-32: a resource of path "/" alone', { target: '/', lines: eventE }, 404],
    [
      'receiver 20.1 R-33: a host with a port (differs: ports are not compared, F-21)',
      { target: '/', host: 'c-kn-channel.ns.svc.cluster.local:80', lines: eventE },
      202,
      'topic-channel',
    ],
    ['receiver 20.1 R-34: no Host, known path', { host: null, lines: eventE }, 202, 'topic-name-42'],
    [
      'receiver 20.1 R-34: no Host, unknown path (differs: answered, F-21)',
      { host: null, target: '/nope', lines: eventE },
      400,
    ],
    ['receiver F-38: two Host headers', { lines: [...eventE, 'Host: other.example'] }, 400],
    ['receiver 4.3: absolute form', { target: 'http://other.example/ns/broker', lines: eventE }, 202, 'topic-name-42'],
    ['receiver 4.3: an encoded path is another path', { target: '/ns/b%72oker', lines: eventE }, 404],
    ['receiver 4.3: dot segments stay', { target: '/ns/x/../broker', lines: eventE }, 404],
    ['receiver 10: an audience is never served open', { target: '/ns/aud', lines: eventE }, 404],
    ['receiver 20.2 D-01: no event at all', { body: 'this is not a cloud event' }, 400],
    ['receiver F-36: a compressed body', { lines: [...eventE, 'Content-Encoding: gzip'], body: 'x' }, 415],
    ['an identity coding', { lines: [...eventE, 'Content-Encoding: identity'], body: 'x' }, 202, 'topic-name-42'],
  ];
  for (const [row, request, status, topic] of rows) {
    test(`${row}: answered ${status}${topic === undefined ? '' : ` and lands on ${topic}`}`, async () => {
      const { answer, topics } = await play(request);
      assert.equal(answer.status, status);
      assert.deepEqual(topics, topic === undefined ? [] : [topic]);
    });
  }

  test('receiver 20.1 R-13: HEAD is answered 405, without a body', async () => {
    await using connection = await openConnection(ingress.port);
    connection.write(
      requestText({ method: 'HEAD', framed: true }) + requestText({ method: 'GET', target: '/healthz', framed: true }),
    );
    // A body after the first would make nonsense of the second.
    const [first, second] = [await connection.answer().catch(() => undefined), undefined];
    assert.equal(first === undefined ? 405 : first.status, 405);
    assert.equal(second, undefined);
  });
});

describe('answers', () => {
  test('receiver 20.1 R-04: a probe of a known path gets 200 without body and hash', async () => {
    const { answer, topics } = await play({ method: 'GET', lines: ['K-Network-Probe: probe'] });
    assert.equal(answer.status, 200);
    assert.equal(answer.body, '');
    assert.equal(answer.headers['k-network-hash'], undefined);
    assert.deepEqual(topics, []);
  });

  test('receiver 20.1 R-06: a probe gets its hash back', async () => {
    const { answer } = await play({ method: 'GET', lines: ['K-Network-Probe: probe', 'K-Network-Hash: abc123'] });
    assert.equal(answer.headers['k-network-hash'], 'abc123');
  });

  test('4.4: the first of two probe headers counts', async () => {
    assert.equal(
      (await play({ method: 'GET', lines: ['k-network-probe: probe', 'K-Network-Probe: other'] })).answer.status,
      200,
    );
    assert.equal(
      (await play({ method: 'GET', lines: ['K-Network-Probe: other', 'K-Network-Probe: probe'] })).answer.status,
      405,
    );
  });

  test('202 has an empty body and nothing but its length', async () => {
    const { answer } = await play({ lines: eventE });
    assert.equal(answer.body, '');
    assert.deepEqual(
      Object.keys(answer.headers).filter((name) => !['connection', 'keep-alive'].includes(name)),
      ['content-length'],
    );
  });

  test('receiver 20.1 R-13: 405 names the methods, OPTIONS is answered 200 (differs: the handshake of webhooks, F-12)', async () => {
    const refused = await play({ method: 'PUT', body: '{}' });
    assert.equal(refused.answer.headers['allow'], 'POST, OPTIONS');
    const { answer } = await play({ method: 'OPTIONS', target: '/nope' });
    assert.equal(answer.status, 200);
    assert.deepEqual(
      [answer.headers['allow'], answer.headers['webhook-allowed-origin'], answer.headers['webhook-allowed-rate']],
      ['POST, OPTIONS', '*', '*'],
    );
  });

  test('a refusal says why, in a line of plain text', async () => {
    for (const request of [
      { target: '/nope', lines: eventE },
      { method: 'GET' },
      { lines: ['ce-specversion: 19.0', ...eventE.slice(1)] },
    ]) {
      const { answer } = await play(request);
      assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
      assert.match(answer.body, /^[^\n]{10,300}\n$/);
      assert.doesNotMatch(answer.body, /\n\s+at |\.ts\b|node:/);
    }
  });

  test('the reason of a bad event is the codec’s', async () => {
    const { answer } = await play({ lines: eventE.filter((line) => !line.startsWith('ce-id')) });
    assert.equal(answer.status, 400);
    assert.match(answer.body, /\bid\b/);
  });
});

describe('before and after', () => {
  test('F-01: not ready before the first contract, ready after an empty one, and alive all the time', async () => {
    await using fresh = await startTestIngress(new ScriptedKafka());
    assert.equal((await ask(fresh.port, { method: 'GET', target: '/readyz' }))?.status, 503);
    assert.equal((await ask(fresh.port, { method: 'GET', target: '/healthz' }))?.status, 200);
    assert.equal((await ask(fresh.port, { lines: eventE }))?.status, 404);
    assert.equal(fresh.ready, false);
    await fresh.apply(new ContractHistory().next());
    assert.equal((await ask(fresh.port, { method: 'GET', target: '/readyz' }))?.status, 200);
    assert.equal(fresh.ready, true);
  });

  test('a port in use is one line that names it', async () => {
    await assert.rejects(startTestIngress(kafka, { port: ingress.port }), (error: Error) => {
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${ingress.port}: the port is in use`));
      assert.equal((error as Error & { code: string }).code, 'INGRESS_PORT_IN_USE');
      return true;
    });
  });
});
