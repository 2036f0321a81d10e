import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Egress } from '@eventing-kafka/contract';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { silentLogger } from '@eventing-kafka/logging';
import { startMetrics } from '@eventing-kafka/metrics';
import { Pool, request } from 'undici';
import { startEgresses } from '../src/index.ts';
import { broker, ContractDriver, exactly, trigger } from '../testing/contract.ts';

// Delivery from a backlog of real Kafka (`KAFKA_BOOTSTRAP_SERVERS`, or one started here) to a subscriber in another process, as
// JSON lines. CPU is that of this process, user plus system; `ratio` is to a loop of `undici.request` in the same run.
//
//   node --conditions=@eventing-kafka/source benchmarks/deliver.ts

const events = Number(process.env['EVENTS'] ?? 100_000);
const partitions = 10;
const concurrency = 100;
const value = Buffer.alloc(1024, 'x');
const attributes = {
  specversion: '1.0',
  source: '/mycontext/4',
  type: 'com.example.someevent',
  time: '2026-01-01T00:00:00Z',
};

await using stack = new AsyncDisposableStack();
const given = process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? '';
const bootstrapServers = given === '' ? stack.use(await startLocalKafka()).bootstrapServers : given;
const clients = stack.use(createKafkaClients());
const child = fork(new URL('./subscriber.ts', import.meta.url), { execArgv: [] });
stack.defer(() => void child.kill());
const [port] = (await once(child, 'message')) as [number];
const url = `http://127.0.0.1:${port}/`;

interface Measured {
  readonly eventsPerSecond: number;
  readonly cpuMicros: number;
  readonly rssMegabytes: number;
}

/** CPU and time from here on. */
function startClock(): (count: number) => Measured {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  return (count) => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      eventsPerSecond: Math.round((count / (performance.now() - begun)) * 1000),
      cpuMicros: rounded((user + system) / count),
      rssMegabytes: Math.round(process.memoryUsage.rss() / 1e6),
    };
  };
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}

function print(line: Readonly<Record<string, string | number>>): void {
  console.log(JSON.stringify(line));
}

async function fill(topic: string): Promise<void> {
  await using admin = await clients.topics({ bootstrapServers });
  await admin.create({ name: topic, partitions, replicationFactor: 1 });
  await using producer = await clients.producer({ bootstrapServers });
  for (let sent = 0; sent < events; sent += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        producer.send({
          topic,
          key: null,
          value,
          partition: index % partitions,
          headers: [
            ...Object.entries({ ...attributes, id: `${sent + index}` }).map(([name, text]) => ({
              name: `ce_${name}`,
              value: text,
            })),
            { name: 'content-type', value: 'application/json' },
          ],
        }),
      ),
    );
  }
}

/** The yardstick: as many requests at once, nothing else. */
async function undiciLoop(): Promise<Measured> {
  const pool = new Pool(new URL(url).origin, { connections: concurrency });
  const headers = [
    ...Object.entries({ ...attributes, id: 'a' }).flatMap(([name, text]) => [`ce-${name}`, text]),
    'content-type',
    'application/json',
  ];
  const run = async (count: number): Promise<void> => {
    let left = count;
    const loop = async (): Promise<void> => {
      while (left-- > 0)
        await (await request(url, { dispatcher: pool, method: 'POST', headers, body: value })).body.dump();
    };
    await Promise.all(Array.from({ length: concurrency }, loop));
  };
  await run(events / 5);
  const clock = startClock();
  await run(events);
  const measured = clock(events);
  await pool.close();
  return measured;
}

async function arrived(): Promise<number> {
  return Number(await (await fetch(url)).text());
}

/** Delivers a backlog to triggers of which one wants everything. */
async function deliver(topic: string, egresses: readonly Egress[]): Promise<Measured> {
  await fetch(url, { method: 'DELETE' });
  await using metrics = await startMetrics({
    serviceName: 'bench',
    serviceNamespace: 'bench',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  await using running = await startEgresses({
    kafka: clients,
    logger: silentLogger,
    meter: metrics.meter,
    limits: { maxInFlight: concurrency },
  });
  const refused = await new ContractDriver(running).serve([broker(bootstrapServers, topic, egresses)]);
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  let start = 0;
  while ((start = await arrived()) < events / 10) await sleep(5);
  const clock = startClock();
  let now = start;
  while ((now = await arrived()) < events) await sleep(10);
  return clock(now - start);
}

/** What triggers cost that have nothing to do. */
async function idle(topic: string, egresses: readonly Egress[]): Promise<void> {
  await using metrics = await startMetrics({
    serviceName: 'bench',
    serviceNamespace: 'bench',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  await using running = await startEgresses({ kafka: clients, logger: silentLogger, meter: metrics.meter });
  const begun = performance.now();
  await new ContractDriver(running).serve([broker(bootstrapServers, topic, egresses)]);
  const applyMs = Math.round(performance.now() - begun);
  await sleep(8_000);
  const clock = startClock();
  await sleep(5_000);
  const { cpuMicros, rssMegabytes } = clock(5);
  print({
    bench: 'idle',
    triggers: egresses.length,
    applyMs,
    cpuMillisPerSecond: rounded(cpuMicros / 1000),
    rssMegabytes,
  });
}

const run = process.pid;
const yardstick = await undiciLoop();
print({ bench: 'undici.request', concurrency, ...yardstick });
await fill(`bench-one-${run}`);
await deliver(`bench-one-${run}`, [trigger(`warm-${run}`, url)]);
const one = await deliver(`bench-one-${run}`, [trigger(`one-${run}`, url)]);
print({
  bench: 'deliver',
  triggers: 1,
  ...one,
  yardstickCpuMicros: yardstick.cpuMicros,
  ratio: rounded(one.cpuMicros / yardstick.cpuMicros),
});
const others = Array.from({ length: 49 }, (_, index) =>
  trigger(`other-${index}-${run}`, url, { dialectedFilter: exactly({ type: `com.example.other.${index}` }) }),
);
const fifty = await deliver(`bench-one-${run}`, [trigger(`fifty-${run}`, url), ...others]);
print({
  bench: 'deliver',
  triggers: 50,
  ...fifty,
  cpuMicrosPerFilteredEvent: rounded((fifty.cpuMicros - one.cpuMicros) / 49),
});
await idle(
  `bench-one-${run}`,
  Array.from({ length: 100 }, (_, index) => trigger(`idle-${index}-${run}`, url, { initialOffset: 0 })),
);
process.exitCode = 0;
