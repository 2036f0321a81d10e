import { startLocalKafka } from '@eventing-kafka/local-kafka';
import type { OutgoingRecord } from '../src/index.ts';

/** The Kafka to measure against: `KAFKA_BOOTSTRAP_SERVERS`, or one that is started here and ends with the stack. */
export async function benchmarkKafka(stack: AsyncDisposableStack): Promise<string> {
  const given = process.env['KAFKA_BOOTSTRAP_SERVERS'];
  if (given !== undefined && given !== '') return given;
  return stack.use(await startLocalKafka()).bootstrapServers;
}

/** CPU of this process, user plus system, and time, from here on. */
export function startClock(): () => { readonly cpuMicros: number; readonly elapsedMs: number } {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  return () => {
    const used = process.cpuUsage(cpu);
    return { cpuMicros: used.user + used.system, elapsedMs: performance.now() - begun };
  };
}

/** One JSON line. */
export function print(line: Readonly<Record<string, string | number>>): void {
  console.log(JSON.stringify(line));
}

/** To two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The value below which `share` of the sorted values lie. */
export function percentile(sorted: Float64Array, share: number): number {
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

/** A binary-mode CloudEvent of 1 KB. */
export function eventRecord(topic: string): OutgoingRecord {
  const attributes = {
    id: 'a234-1234-1234',
    source: '/mycontext/4',
    type: 'com.example.someevent',
    specversion: '1.0',
  };
  return {
    topic,
    key: null,
    value: Buffer.alloc(1024, 'x'),
    headers: [
      ...Object.entries(attributes).map(([name, value]) => ({ name: `ce_${name}`, value })),
      { name: 'ce_time', value: '2024-01-01T00:00:00Z' },
      { name: 'content-type', value: 'application/json' },
    ],
  };
}
