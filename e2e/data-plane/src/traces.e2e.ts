/** A producer's trace, through receiver, Kafka and dispatcher, to the subscriber; spans at a collector. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { type AppProcess, eventually, freePort, startApp, suiteKafka } from '@eventing-kafka/e2e-support';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpanId = 'b7ad6b7169203331';
const topic = `traces-${process.pid}`;

/** Listens on a free port of the loopback interface and keeps what it was sent. */
async function startKeeper(kept: (request: IncomingMessage, body: Buffer) => void): Promise<Server & AsyncDisposable> {
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        kept(request, body);
        response.writeHead(200).end();
      },
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** How often bytes, given as hexadecimal text, occur. */
function occurrences(bodies: readonly Buffer[], hex: string): number {
  const wanted = Buffer.from(hex, 'hex');
  let count = 0;
  for (const body of bodies) {
    for (let at = body.indexOf(wanted); at !== -1; at = body.indexOf(wanted, at + 1)) count += 1;
  }
  return count;
}

describe('traces', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  const exports: Buffer[] = [];
  const delivered: IncomingMessage[] = [];
  let ingressUrl: string;
  let apps: readonly AppProcess[];

  before(async () => {
    const kafka = stack.use(await suiteKafka());
    const clients = stack.use(createKafkaClients({ logger: silentLogger }));
    const admin = stack.use(await clients.topics(kafka));
    await admin.create({ name: topic, partitions: 1, replicationFactor: 1 });
    const collector = stack.use(await startKeeper((_request, body) => exports.push(body)));
    const subscriber = stack.use(await startKeeper((request) => delivered.push(request)));
    const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-traces-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'contract.json');
    const egress = { uid: 'e', consumerGroup: topic, destination: urlOf(subscriber), initialOffset: 'EARLIEST' };
    const { bootstrapServers } = kafka;
    const broker = { uid: 'b', topics: [topic], bootstrapServers, ingress: { path: '/ns/b' }, egresses: [egress] };
    await writeFile(file, JSON.stringify({ resources: [broker] }));

    const port = String(await freePort());
    ingressUrl = `http://127.0.0.1:${port}/ns/b`;
    const env = {
      INGRESS_HOST: '127.0.0.1',
      INGRESS_PORT: port,
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: '0',
      CONTRACT_FILE: file,
      LOG_FORMAT: 'json',
      TRACING_PROTOCOL: 'http/protobuf',
      TRACING_ENDPOINT: `${urlOf(collector)}/v1/traces`,
    };
    apps = [stack.use(startApp('receiver', { env })), stack.use(startApp('dispatcher', { env }))];
  });
  after(() => stack.disposeAsync());

  test('receiver 20.7 X-15: a trace goes from the producer to the subscriber, and its spans to the collector', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/shop',
      'ce-type': 'order.placed',
      traceparent: `00-${traceId}-${callerSpanId}-01`,
      tracestate: 'shop=1',
      baggage: 'tenant=a;p=1',
    };
    await eventually('the event is accepted', async () => {
      const answer = await fetch(ingressUrl, { method: 'POST', headers }).catch(() => undefined);
      return answer?.status === 202;
    });
    await eventually('it arrives', () => delivered.length > 0);
    const [request] = delivered;
    const [version, id, spanId = '', flags] = String(request?.headers['traceparent']).split('-');
    assert.deepEqual([version, id, flags], ['00', traceId, '01']);
    assert.deepEqual([request?.headers['tracestate'], request?.headers['baggage']], ['shop=1', 'tenant=a;p=1']);

    // What waits to be exported is sent when a process ends.
    for (const app of apps) assert.equal(await app.stop(), 0, app.output);
    // Server and producer span, consumer and client span; the subscriber's parent is one of them, the caller's span the parent of one.
    assert.equal(occurrences(exports, traceId), 4);
    assert.equal(occurrences(exports, callerSpanId), 1);
    assert.equal(occurrences(exports, spanId), 1);
    const text = Buffer.concat(exports).toString('latin1');
    for (const name of ['eventing-kafka-receiver', 'eventing-kafka-dispatcher', `send ${topic}`, `process ${topic}`]) {
      assert.ok(text.includes(name), name);
    }
  });
});
