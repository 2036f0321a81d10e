/**
 * Whether memory stays flat: load at 70 % of the top rate, a subscriber that fails half of the time, the resident memory of every
 * process sampled. Prints a JSON line a minute and one for each process at the end; exit code 1 when the last third
 * of the time took more than 10 % more or less memory than the middle one, in any process of ours.
 *
 *     npx nx run e2e-benchmarks:memory
 *     npx nx run e2e-benchmarks:memory --minutes=2 --seed=7
 */
import { parseArgs } from 'node:util';
import { type DataPlane, broker, eventually, startDataPlane, trigger } from '@eventing-kafka/e2e-support';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { runScript, startServer } from './child.ts';
import { round } from './ingest.ts';
import { memoryTrend, residentMiB } from './resident-memory.ts';

const shareOfTopRate = 0.7;
const tolerance = 0.1;
const connections = 50;
const sampleMs = 2_000;
const burstMs = 3_000;
const minuteMs = 60_000;

/** Kafka keeps the last minutes of events, so that the disk does not fill: 64 MiB a partition and a segment. */
const retention = {
  'log.retention.bytes': String(64 * 2 ** 20),
  'log.segment.bytes': String(16 * 2 ** 20),
  'log.retention.check.interval.ms': '5000',
};

interface Load {
  readonly accepted: number;
  readonly refused: number;
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Answers {
  readonly taken: number;
  readonly failed: number;
}

/** Resident memory of processes, sampled until disposed. */
function sampleMemory(
  pids: Readonly<Record<string, number>>,
): Disposable & { readonly samples: Map<string, number[]> } {
  const samples = new Map(Object.keys(pids).map((name) => [name, [] as number[]]));
  const timer = setInterval(() => {
    for (const [name, pid] of Object.entries(pids)) samples.get(name)?.push(residentMiB(pid));
  }, sampleMs);
  return { samples, [Symbol.dispose]: () => clearInterval(timer) };
}

function load(url: string, milliseconds: number, eventsPerSecond?: number): Promise<Load> {
  const rate = eventsPerSecond === undefined ? [] : [String(eventsPerSecond)];
  return runScript<Load>('load-generator.ts', url, String(connections), String(milliseconds), ...rate);
}

/** The rate that receiver, Kafka, dispatcher and subscriber keep up together: a burst, until the last of it is delivered. */
async function topRate(url: string, answers: () => Promise<Answers>): Promise<number> {
  const before = await answers();
  const startedAt = performance.now();
  const { accepted } = await load(url, burstMs);
  await eventually('the burst is delivered', async () => (await answers()).taken - before.taken >= accepted, 600_000);
  return accepted / ((performance.now() - startedAt) / 1_000);
}

async function startLoaded(dataPlane: DataPlane, subscriberUrl: string): Promise<string> {
  await dataPlane.manifests.write('broker.yaml', broker('memory'));
  await dataPlane.ready('Broker memory');
  // Enough that none is given up: every event is to be taken in the end.
  const delivery = { retry: 40, backoffPolicy: 'linear', backoffDelay: 'PT0.01S' };
  await dataPlane.manifests.write('trigger.yaml', trigger('memory', 'memory', `${subscriberUrl}/`, { delivery }));
  await dataPlane.ready('Trigger memory');
  return `${dataPlane.ingressUrl}/default/memory`;
}

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes takes a positive number, not ${values.minutes}`);

await using kafka = await startLocalKafka({ properties: retention });
await using dataPlane = await startDataPlane(kafka);
await using subscriber = await startServer('failing-server.ts', values.seed);
const answers = async (): Promise<Answers> => (await (await fetch(subscriber.url)).json()) as Answers;
const dispatcher = await dataPlane.startDispatcher('dispatcher-1');
const url = await startLoaded(dataPlane, subscriber.url);

// The first burst warms up.
await topRate(url, answers);
const top = await topRate(url, answers);
const rate = Math.round(top * shareOfTopRate);
console.log(JSON.stringify({ bench: 'memory', topEventsPerSecond: Math.round(top), eventsPerSecond: rate, minutes }));

const ours = {
  receiver: dataPlane.receiver.pid,
  dispatcher: dispatcher.pid,
  controller: dataPlane.controller.pid,
};
using memory = sampleMemory({ ...ours, kafka: kafka.pid ?? 0 });
const endMs = performance.now() + minutes * minuteMs;
for (let minute = 1; performance.now() < endMs; minute += 1) {
  const before = await answers();
  const { accepted, refused, p50Ms, p99Ms } = await load(url, Math.min(minuteMs, endMs - performance.now()), rate);
  const after = await answers();
  console.log(
    JSON.stringify({
      bench: 'memory',
      minute,
      accepted,
      refused,
      delivered: after.taken - before.taken,
      failed: after.failed - before.failed,
      p50Ms,
      p99Ms,
      rssMiB: Object.fromEntries([...memory.samples].map(([name, each]) => [name, Math.round(each.at(-1) ?? 0)])),
    }),
  );
}

for (const [name, samples] of memory.samples) {
  const { middleMiB, lastMiB, ratio } = memoryTrend(samples);
  // Kafka's is told to put the others into proportion: its heap is the JVM's to size.
  const judged = name in ours;
  const flat = Math.abs(ratio - 1) <= tolerance;
  if (judged && !flat) process.exitCode = 1;
  console.log(
    JSON.stringify({
      bench: 'memory',
      process: name,
      middleThirdMiB: round(middleMiB),
      lastThirdMiB: round(lastMiB),
      ratio: round(ratio),
      ...(judged ? { flat } : {}),
    }),
  );
}
