/**
 * The yardstick of delivering: a loop of `undici.request` that posts the same 1 KB event, 100 at a time.
 *
 *     node bare-client.ts <url> <requests>
 *
 * Prints one JSON line: CPU of this process per request in microseconds, user plus system, after a warm-up.
 */
import { Agent, request } from 'undici';

const [url = '', count = '10000'] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 100, pipelining: 1 });
const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(1_000) }));
const headers = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '4a5c2e6f-0b6e-4a9e-9a51-1c3f6d1f0a11',
  'ce-source': '/benchmarks/load-generator',
  'ce-type': 'com.example.benchmark',
  'ce-time': '2026-01-01T00:00:00Z',
};

async function post(total: number): Promise<void> {
  let left = total;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const response = await request(url, { method: 'POST', headers, body, dispatcher });
      await response.body.dump();
    }
  };
  await Promise.all(Array.from({ length: 100 }, worker));
}

await post(5_000);
const before = process.cpuUsage();
const startedAt = performance.now();
await post(Number(count));
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    cpuMicrosPerEvent: Number(((user + system) / Number(count)).toFixed(2)),
    eventsPerSecond: Math.round(Number(count) / ((performance.now() - startedAt) / 1_000)),
  }),
);
await dispatcher.close();
