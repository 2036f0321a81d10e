/**
 * CPU per event and latency of an ingress on an embedded Kafka, against a bare `node:http` server in the same run. Kafka, sender
 * and server are processes of their own; the CPU is the server's, user plus system.
 *
 *     node --conditions=@eventing-kafka/source benchmarks/ingest.ts [seconds] [--profile]
 *
 * `--profile` leaves a CPU profile of the ingress in the current folder.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';

interface Usage {
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

interface Load {
  readonly answered: number;
  readonly bad: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const seconds = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 5);
const profile = process.argv.includes('--profile') ? ['--cpu-prof'] : [];

function start(file: string, args: readonly string[], execArgv: readonly string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return fork(path, args, {
    execArgv: ['--conditions=@eventing-kafka/source', ...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = (await once(child, 'message')) as [T];
  return value;
}

function usageOf(server: ChildProcess): Promise<Usage> {
  const usage = message<Usage>(server);
  server.send('usage');
  return usage;
}

async function load(port: number, connections: number, forSeconds: number): Promise<Load> {
  return await message<Load>(start('load.ts', [port, connections, forSeconds].map(String)));
}

async function measure(
  server: ChildProcess,
  port: number,
  connections: number,
): Promise<Load & { cpuMicrosPerEvent: number; rssBytes: number }> {
  const before = await usageOf(server);
  const sent = await load(port, connections, seconds);
  const after = await usageOf(server);
  return { ...sent, cpuMicrosPerEvent: (after.cpuMicros - before.cpuMicros) / sent.answered, rssBytes: after.rssBytes };
}

async function stop(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit');
  server.send('stop');
  await exited;
}

/** A server, warm. */
async function startServer(
  args: readonly string[],
  execArgv: readonly string[],
): Promise<{ server: ChildProcess; port: number }> {
  const server = start('server.ts', args, execArgv);
  const { port } = await message<{ port: number }>(server);
  await load(port, 50, 2);
  return { server, port };
}

await using kafka = await startEmbeddedKafka();
const bare = await startServer(['bare'], []);
const noKafka = await startServer(['no-kafka'], profile);
const ingress = await startServer(['ingress', kafka.bootstrapServers], profile);
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
for (const connections of [1, 50, 200]) {
  const yardstick = await measure(bare.server, bare.port, connections);
  for (const [bench, { server, port }] of [
    ['ingest-without-kafka', noKafka],
    ['ingest', ingress],
  ] as const) {
    const ours = await measure(server, port, connections);
    console.log(
      JSON.stringify({
        bench,
        connections,
        eventsPerSecond: Math.round(ours.answered / seconds),
        cpuMicrosPerEvent: round(ours.cpuMicrosPerEvent),
        p50Ms: round(ours.p50Ms, 2),
        p99Ms: round(ours.p99Ms, 2),
        bad: ours.bad,
        rssMiB: Math.round(ours.rssBytes / 1_048_576),
        yardstickCpuMicros: round(yardstick.cpuMicrosPerEvent),
        ratio: round(ours.cpuMicrosPerEvent / yardstick.cpuMicrosPerEvent, 2),
      }),
    );
  }
}
for (const { server } of [bare, noKafka, ingress]) await stop(server);
