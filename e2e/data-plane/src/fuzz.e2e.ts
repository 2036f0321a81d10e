/**
 * A receiver in the hands of senders that get everything wrong. `FUZZ_SECONDS` (60) says for how long, `FUZZ_SEED` repeats a run (its seed is printed), `FUZZ_ONLY`
 * plays the one connection of that number.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type AppProcess,
  eventually,
  freePort,
  startApp,
  suiteKafka,
  type SuiteKafka,
} from '@eventing-kafka/e2e-support';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { play } from './fuzz/play.ts';
import { Random } from './fuzz/random.ts';
import { connectionBytes } from './fuzz/requests.ts';

const seconds = Number(process.env['FUZZ_SECONDS'] ?? 60);
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const only = process.env['FUZZ_ONLY'];
const connectionsAtOnce = 16;
/** What the receiver may have on its JavaScript heap: a leak would end it. */
const heapMegabytes = 128;
/** What the process may have in all, well-formed requests at the same rate needing about half of it. */
const mostResidentBytes = 400_000_000;
const topics = { '/fuzz/binary': `fuzz-binary-${process.pid}`, '/fuzz/structured': `fuzz-structured-${process.pid}` };

describe(`a receiver under noise, FUZZ_SEED=${seed}`, { timeout: (seconds + 120) * 1000 }, () => {
  let kafka: SuiteKafka;
  let receiver: AppProcess;
  let folder: string;
  let port: number;
  let adminPort: number;

  before(async () => {
    kafka = await suiteKafka();
    folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
    await using clients = createKafkaClients();
    await using admin = await clients.topics({ bootstrapServers: kafka.bootstrapServers });
    const resources = [];
    for (const [path, topic] of Object.entries(topics)) {
      await admin.create({ name: topic, partitions: 1, replicationFactor: 1 });
      resources.push({
        uid: path,
        topics: [topic],
        bootstrapServers: kafka.bootstrapServers,
        ingress: { path, contentMode: path === '/fuzz/structured' ? 'STRUCTURED' : 'BINARY' },
        reference: { uuid: path, namespace: 'fuzz', name: path.slice(6), kind: 'Broker' },
      });
    }
    await writeFile(join(folder, 'contract.json'), JSON.stringify({ generation: 1, resources }));
    [port, adminPort] = [await freePort(), await freePort()];
    receiver = startApp('receiver', {
      args: ['--contract', join(folder, 'contract.json')],
      env: {
        INGRESS_HOST: '127.0.0.1',
        INGRESS_PORT: String(port),
        ADMIN_HOST: '127.0.0.1',
        ADMIN_PORT: String(adminPort),
        REQUEST_TIMEOUT: '500ms',
        NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}`,
        LOG_FORMAT: 'json',
      },
    });
    await eventually('the receiver is ready', () => status('GET', '/readyz').then((code) => code === 200));
  });

  after(async () => {
    await receiver[Symbol.asyncDispose]();
    await kafka[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function status(method: string, path: string): Promise<number> {
    const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers }).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status ?? 0;
  }

  async function metrics(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  }

  /** Memory of the process in bytes, as Linux counts it. */
  async function residentBytes(): Promise<number> {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${receiver.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  async function recordsInTopics(): Promise<number> {
    await using clients = createKafkaClients();
    await using admin = await clients.topics({ bootstrapServers: kafka.bootstrapServers });
    let records = 0;
    for (const topic of Object.values(topics)) {
      for (const end of (await admin.offsets(topic, 'latest')).values()) records += end;
    }
    return records;
  }

  test('it answers what is wrong with what is wrong, keeps its memory, and goes on serving', async () => {
    const counts = new Map<number, number>();
    const deadline = performance.now() + seconds * 1000;
    let next = only === undefined ? 0 : Number(only);
    const worker = async (): Promise<void> => {
      while (performance.now() < deadline) {
        const number = next++;
        const random = new Random((seed + number * 7919) | 0);
        const bytes = connectionBytes(random, Object.keys(topics));
        const { statuses, received } = await play(port, bytes, random);
        for (const code of statuses) {
          counts.set(code, (counts.get(code) ?? 0) + 1);
          assert.ok(
            code < 500 || code === 501,
            `connection ${number} (FUZZ_SEED=${seed} FUZZ_ONLY=${number}) was answered ${code}:\n${received.toString('latin1')}`,
          );
        }
        assert.ok(receiver.running, `connection ${number} (FUZZ_SEED=${seed}) ended the receiver:\n${receiver.output}`);
        if (only !== undefined) return;
      }
    };
    await Promise.all(Array.from({ length: only === undefined ? connectionsAtOnce : 1 }, worker));
    console.log(`${next} connections, answers: ${JSON.stringify(Object.fromEntries([...counts].toSorted()))}`);

    assert.equal(await status('POST', '/fuzz/binary'), 202);
    assert.equal(await status('GET', '/readyz'), 200);
    if (only === undefined) {
      const resident = await residentBytes();
      console.log(`${Math.round(resident / 1e6)} MB of memory`);
      assert.ok(resident < mostResidentBytes, `${resident} bytes of memory`);
      assert.ok(
        (counts.get(202) ?? 0) > 50 && (counts.get(400) ?? 0) > 50,
        'both good and bad requests were among them',
      );
    }
    const records = await recordsInTopics();
    assert.ok(records >= (counts.get(202) ?? 0), `of ${counts.get(202)} accepted, ${records} are records`);
  });

  test('its metrics say of each refusal why, in the words that are fixed, and nothing is left under way', async () => {
    const text = await metrics();
    const refused = /^eventing_kafka_ingress_refused_requests_total\{[^}]*error_type="([^"]+)"[^}]*\} (\d+)/gm;
    const reasons = new Set(
      [...text.matchAll(refused)].flatMap(([, reason, count]) => (count === '0' ? [] : [reason])),
    );
    assert.ok(reasons.has('malformed-http') && reasons.has('invalid-event'), [...reasons].join(', '));
    assert.ok(!reasons.has('internal-error'), 'nothing failed inside');
    const types = new Set([...text.matchAll(/cloudevents_type="([^"]*)"/g)].map(([, type]) => type));
    assert.ok(types.size <= 105, `${types.size} event types are told apart`);
    await eventually('nothing is in flight', async () =>
      /producer_in_flight_bytes(?:\{[^}]*\})? 0$/m.test(await metrics()),
    );
  });

  test('it stops when told to', async () => {
    assert.equal(await receiver.stop(), 0);
    assert.doesNotMatch(receiver.output, /"level":"error"/i, 'no error was logged');
  });
});
