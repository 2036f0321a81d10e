import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ContentMode } from '@eventing-kafka/contract';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import type { EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import type { KafkaRecord } from '@eventing-kafka/kafka-client';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE, openConnection, requestText } from '../testing/raw-http.ts';
import type { RawRequest } from '../testing/raw-http.ts';
import { TopicTail } from '../testing/topic-tail.ts';
import type { Ingress } from './start-ingress.ts';

let kafka: EmbeddedKafka;
let ingress: Ingress;

before(async () => {
  kafka = await startEmbeddedKafka();
  ingress = await startTestIngress(kafka.clients);
  const { bootstrapServers } = kafka;
  const refused = await ingress.apply(
    new ContractHistory().next(
      resource('binary', { path: '/ns/binary' }, { bootstrapServers }),
      resource('structured', { path: '/ns/structured', contentMode: ContentMode.STRUCTURED }, { bootstrapServers }),
    ),
  );
  assert.deepEqual(refused, []);
});

after(async () => {
  await ingress[Symbol.asyncDispose]();
  for (const open of tails.values()) await open[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

/** What was accepted for each topic, read in order: opened when the first event made the topic. */
const tails = new Map<string, TopicTail>();

async function tail(topic: string): Promise<TopicTail> {
  const open = tails.get(topic) ?? (await TopicTail.open(kafka.clients, kafka.bootstrapServers, topic));
  tails.set(topic, open);
  return open;
}

/** Sends a request that must be answered 202, and gives the record it became. */
async function recordOf(
  request: RawRequest,
  name: 'binary' | 'structured' = 'binary',
): Promise<{ record: KafkaRecord; headers: readonly (readonly [string, string | undefined])[] }> {
  const answer = await ask(ingress.port, { target: `/ns/${name}`, ...request });
  assert.equal(answer?.status, 202, answer?.body);
  const record = await (await tail(`topic-${name}`)).next();
  return { record, headers: record.headers.map((header) => [header.name, header.value?.toString()] as const) };
}

const required = ['ce-specversion: 1.0', 'ce-id: 1', 'ce-source: /s', 'ce-type: t'];
const requiredHeaders = [
  ['ce_specversion', '1.0'],
  ['ce_id', '1'],
  ['ce_source', '/s'],
  ['ce_type', 't'],
] as const;
const structuredType = 'Content-Type: application/cloudevents+json';

describe('an accepted event is one record', () => {
  test('receiver 20.1 R-03, receiver 20.3 C-01: event E, its attributes in order, no key, no value', async () => {
    const { record, headers } = await recordOf({ lines: eventE });
    assert.deepEqual(headers, [
      ['ce_specversion', '1.0'],
      ['ce_id', '1234'],
      ['ce_source', '/hello'],
      ['ce_type', 'type'],
      ['ce_subject', 'subject'],
    ]);
    assert.equal(record.key, null);
    assert.equal(record.value, null);
  });

  test('receiver 20.2 D-03: version 0.3 stays 0.3', async () => {
    const { headers } = await recordOf({ lines: ['ce-specversion: 0.3', ...required.slice(1)] });
    assert.deepEqual(headers[0], ['ce_specversion', '0.3']);
  });

  for (const type of ['application/xml', 'application/json']) {
    test(`receiver 20.2 D-04: content type ${type} and the body as sent`, async () => {
      const { record, headers } = await recordOf({ lines: [...required, `Content-Type: ${type}`], body: '{}' });
      assert.deepEqual(headers.at(-1), ['content-type', type]);
      assert.equal(record.value?.toString(), '{}');
    });
  }

  test('receiver 20.2 D-08: no content type, none made up', async () => {
    const { record, headers } = await recordOf({ lines: required, body: '{}' });
    assert.deepEqual(headers, requiredHeaders);
    assert.equal(record.value?.toString(), '{}');
  });

  test('receiver 20.2 D-05, receiver 20.3 C-02: the worked example, sent structured, in both modes (differs: data keeps its blanks)', async () => {
    const body =
      '{"specversion":"1.0","type":"sometype","source":"json.request.sender.test.knative.dev","id":"2222-4444-6666","time":"2020-07-06T09:23:12Z","datacontenttype":"application/json","data":{"message" : "helloworld"}}';
    const binary = await recordOf({ lines: [structuredType], body });
    assert.deepEqual(binary.headers, [
      ['ce_specversion', '1.0'],
      ['ce_id', '2222-4444-6666'],
      ['ce_source', 'json.request.sender.test.knative.dev'],
      ['ce_type', 'sometype'],
      ['content-type', 'application/json'],
      ['ce_time', '2020-07-06T09:23:12Z'],
    ]);
    assert.deepEqual(JSON.parse(binary.record.value?.toString() ?? ''), { message: 'helloworld' });
    const structured = await recordOf({ lines: [structuredType], body }, 'structured');
    assert.deepEqual(structured.headers, [['content-type', 'application/cloudevents+json']]);
    assert.deepEqual(JSON.parse(structured.record.value?.toString() ?? ''), JSON.parse(body));
  });

  test('receiver 20.2 D-11, receiver 20.2 D-12: the structured media type, with a charset and in capitals (differs: compared without case, F-16)', async () => {
    const body = '{"specversion":"1.0","type":"t","source":"/s","id":"1"}';
    for (const type of ['application/cloudevents+json; charset=utf-8', 'Application/CloudEvents+JSON']) {
      assert.deepEqual((await recordOf({ lines: [`Content-Type: ${type}`], body })).headers, requiredHeaders);
    }
  });

  test('receiver 20.2 D-14, receiver 20.2 D-19: extension names in lower case, values without percent signs (differs: decoded, F-16)', async () => {
    const { headers } = await recordOf({ lines: [...required, 'CE-MyExt: 1', 'ce-subject: Euro%20%E2%82%AC'] });
    assert.deepEqual(headers.slice(4), [
      ['ce_subject', 'Euro €'],
      ['ce_myext', '1'],
    ]);
  });

  test('receiver 20.3 C-09: the partition key is the key, and stays in the event', async () => {
    const { record, headers } = await recordOf({ lines: [...required, 'ce-partitionkey: abc'] });
    assert.equal(record.key?.toString(), 'abc');
    assert.deepEqual(headers.at(-1), ['ce_partitionkey', 'abc']);
  });

  test('bytes out are bytes in, whatever they are, with a length and in chunks', async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256)).toString('latin1');
    const lines = [...required, 'Content-Type: application/octet-stream'];
    assert.equal((await recordOf({ lines, body })).record.value?.toString('latin1'), body);
    const pieces = Array.from({ length: 70 }, (_, i) => `3e8\r\n${body.slice(i * 1000, i * 1000 + 1000)}\r\n`);
    const { record } = await recordOf({
      lines: [...lines, 'Transfer-Encoding: chunked'],
      framed: true,
      body: `${pieces.join('')}0\r\n\r\n`,
    });
    assert.equal(record.value?.toString('latin1'), body);
  });

  test('receiver 20.4 P-08: events of one connection and key keep their order', async () => {
    const count = 500;
    await using connection = await openConnection(ingress.port);
    for (let i = 0; i < count; i += 1)
      connection.write(
        requestText({
          target: '/ns/binary',
          lines: [...required.slice(0, 1), `ce-id: ${i}`, ...required.slice(2), 'ce-partitionkey: k'],
        }),
      );
    for (let i = 0; i < count; i += 1) assert.equal((await connection.answer())?.status, 202);
    const records = await tail('topic-binary');
    const ids: (string | undefined)[] = [];
    while (ids.length < count) {
      const { headers } = await records.next();
      ids.push(headers.find(({ name }) => name === 'ce_id')?.value?.toString());
    }
    assert.deepEqual(
      ids,
      Array.from({ length: count }, (_, i) => String(i)),
    );
  });
});

describe('what is no event is 400 with a reason, and no record', () => {
  const rows: readonly (readonly [row: string, request: RawRequest, reason: RegExp])[] = [
    ['receiver 20.2 D-01: text', { body: 'this is not a cloud event' }, /./],
    [
      'receiver 20.2 D-02: an event of another media type',
      { lines: ['Content-Type: application/json'], body: '{"specversion":"1.0","type":"t","source":"/s","id":"1"}' },
      /./,
    ],
    ['receiver 20.2 D-06: an unknown version', { lines: ['ce-specversion: 19.0', ...required.slice(1)] }, /19\.0/],
    ['receiver 20.2 D-07: no version', { lines: required.slice(1) }, /specversion/],
    ['receiver 20.2 D-09: no id', { lines: required.filter((line) => !line.startsWith('ce-id')) }, /\bid\b/],
    ['receiver 20.2 D-09: no type', { lines: required.filter((line) => !line.startsWith('ce-type')) }, /\btype\b/],
    [
      'receiver 20.2 D-10: a batch',
      { lines: ['Content-Type: application/cloudevents-batch+json'], body: '[]' },
      /batch/i,
    ],
    ['receiver 20.2 D-15: a hyphen in an extension', { lines: [...required, 'ce-my-ext: 1'] }, /my-ext/],
    ['receiver 20.2 D-17: no time', { lines: [...required, 'ce-time: yesterday'] }, /time/],
    ['receiver 20.2 D-31: broken JSON', { lines: [structuredType], body: '{"specversion":"1.0"' }, /JSON/],
    ['receiver 20.2 D-31: an empty body', { lines: [structuredType] }, /./],
    [
      'receiver 20.2 D-34: an empty id (differs: CloudEvents asks for one, F-16)',
      { lines: ['ce-specversion: 1.0', 'ce-id: ', 'ce-source: /s', 'ce-type: t'] },
      /\bid\b/,
    ],
  ];
  for (const [row, request, reason] of rows) {
    test(row, async () => {
      const answer = await ask(ingress.port, { target: '/ns/binary', ...request });
      assert.equal(answer?.status, 400);
      assert.match(answer.body, reason);
      assert.match(answer.body, /^[^\n]+\n$/);
    });
  }

  test('nothing but the accepted events is in the topic', async () => {
    const offsets = await (
      await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers })
    ).offsets('topic-binary', 'latest');
    assert.equal(
      [...offsets.values()].reduce((sum, offset) => sum + offset, 0),
      tails.get('topic-binary')?.taken,
    );
  });
});

describe('a Kafka that is away', () => {
  test('receiver 20.6 K-12: brokers that cannot be resolved hold back no other resource (differs: theirs is served, with 503 and Retry-After)', async () => {
    await using clients = createKafkaClients();
    await using both = await startTestIngress(clients, { limits: { produceTimeoutMs: 1000, drainTimeoutMs: 100 } });
    const refused = await both.apply(
      new ContractHistory().next(
        resource('bad', { path: '/bad' }, { bootstrapServers: 'no-such-host.invalid:9092' }),
        resource('good', { path: '/good' }, { bootstrapServers: kafka.bootstrapServers }),
      ),
    );
    assert.deepEqual(refused, []);
    const [bad, good] = await Promise.all(
      ['/bad', '/good'].map((target) => ask(both.port, { target, lines: required })),
    );
    assert.deepEqual([bad?.status, bad?.headers['retry-after'] !== undefined, good?.status], [503, true, 202]);
  });

  test('answers 503 with Retry-After within the limit, sheds the rest at once, and memory stays flat', async () => {
    await using clients = createKafkaClients();
    const limits = {
      produceTimeoutMs: 1000,
      maxInFlightRequests: 200,
      maxInFlightBytes: 2_000_000,
      ingressSharePercent: 100,
      drainTimeoutMs: 100,
    };
    await using away = await startTestIngress(clients, { limits });
    // Nobody listens on port 1.
    assert.deepEqual(
      await away.apply(
        new ContractHistory().next(resource('away', { path: '/away' }, { bootstrapServers: '127.0.0.1:1' })),
      ),
      [],
    );
    assert.equal(away.ready, true);
    const first = await ask(away.port, { target: '/away', lines: required });
    assert.equal(first?.status, 503);
    assert.match(first.headers['retry-after'] ?? '', /^\d+$/);
    const statuses = new Set<number | undefined>();
    const body = 'x'.repeat(20_000);
    let heapAfterWarmUp = 0;
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          await using connection = await openConnection(away.port);
          for (let i = 0; i < 10; i += 1) connection.write(requestText({ target: '/away', lines: required, body }));
          for (let i = 0; i < 10; i += 1) statuses.add((await connection.answer(20_000))?.status);
        }),
      );
      if (round === 2) heapAfterWarmUp = process.memoryUsage().rss;
    }
    assert.deepEqual([...statuses], [503]);
    const grownBytes = process.memoryUsage().rss - heapAfterWarmUp;
    assert.ok(grownBytes < 60_000_000, `grew by ${grownBytes} bytes over 3500 refused events of 20 KB`);
    // Other things go on as ever.
    assert.equal((await ask(away.port, { method: 'GET', target: '/readyz' }))?.status, 200);
  });
});
