import { type DataPlane } from '@eventing-kafka/e2e-support';
import { runScript, startServer } from './child.ts';
import { cpuMicros } from './cpu-time.ts';

interface Load {
  readonly accepted: number;
  readonly refused: number;
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One server under one load: what the clients saw, and the CPU of the server for each event. */
async function underLoad(
  pid: number,
  url: string,
  connections: number,
  milliseconds: number,
): Promise<Load & { readonly cpuMicrosPerEvent: number }> {
  const before = cpuMicros(pid);
  const load = await runScript<Load>('load-generator.ts', url, String(connections), String(milliseconds));
  if (load.refused > 0) throw new Error(`${load.refused} requests to ${url} were not answered 202`);
  return { ...load, cpuMicrosPerEvent: (cpuMicros(pid) - before) / load.accepted };
}

/**
 * The rate at which the receiver takes events, beside a bare `node:http` server of the same run and the same load. Both are
 * warm; they are measured in turn and the median ratio of three pairs is told.
 */
export async function measureIngest(
  dataPlane: DataPlane,
  url: string,
  milliseconds: number,
): Promise<readonly object[]> {
  await using bare = await startServer('bare-server.ts');
  const receiver = dataPlane.receiver.pid;
  await underLoad(receiver, url, 50, milliseconds);
  await underLoad(bare.pid, bare.url, 50, milliseconds);
  const lines = [];
  for (const connections of [1, 50, 200]) {
    const pairs = [];
    for (let round = 0; round < 3; round += 1) {
      const ours = await underLoad(receiver, url, connections, milliseconds);
      const yardstick = await underLoad(bare.pid, bare.url, connections, milliseconds);
      pairs.push({ ours, yardstick, ratio: ours.cpuMicrosPerEvent / yardstick.cpuMicrosPerEvent });
    }
    const median = pairs.sort((a, b) => a.ratio - b.ratio)[1]!;
    lines.push({
      bench: 'ingest',
      connections,
      eventsPerSecond: median.ours.eventsPerSecond,
      cpuMicrosPerEvent: round(median.ours.cpuMicrosPerEvent),
      p50Ms: median.ours.p50Ms,
      p99Ms: median.ours.p99Ms,
      yardstickEventsPerSecond: median.yardstick.eventsPerSecond,
      yardstickCpuMicros: round(median.yardstick.cpuMicrosPerEvent),
      ratio: round(median.ratio),
    });
  }
  return lines;
}

/** Two digits are all that a noisy machine supports. */
export function round(value: number): number {
  return Number(value.toFixed(2));
}
