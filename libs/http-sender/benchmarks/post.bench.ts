import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool, request } from 'undici';
import { createHttpSender, deliver } from '../src/index.ts';

// CPU of this process for one POST of 1 KB at concurrency 50, against a server in a child process, as JSON lines: ours beside
// `undici.request` and `dispatch` with an empty handler, taking turns in one run. `ratio` is to `undici.request`.

const concurrency = 50;
const requests = Number(process.env['REQUESTS'] ?? 100_000);
const rounds = Number(process.env['ROUNDS'] ?? 3);
const body = Buffer.alloc(1024, 'x');
const headers = [
  ...['ce-specversion', '1.0', 'ce-id', '6f1b6c1e-2d3a-4d71-8c39-0b7e6d3a9d11', 'ce-source', '/orders/eu'],
  ...['ce-type', 'com.example.order.created', 'ce-time', '2026-01-01T00:00:00Z', 'content-type', 'application/json'],
  ...['ce-knativekafkapartition', '3', 'ce-knativekafkaoffset', '123456', 'prefer', 'reply', 'kn-namespace', 'default'],
];

const child = fork(new URL('./server.ts', import.meta.url), { execArgv: [] });
const [port] = (await once(child, 'message')) as [number];
const url = `http://127.0.0.1:${port}/orders?x=1`;

const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency, allowH2: false });
const sender = createHttpSender({ maxConnectionsPerOrigin: concurrency });
const policy = { retry: { retries: 3, backoff: 'exponential', backoffMs: 100 }, attemptTimeoutMs: 30_000 } as const;
const lifetime = new AbortController();

const variants: Readonly<Record<string, () => Promise<unknown>>> = {
  'undici.request': async () => {
    const response = await request(url, { dispatcher: pool, method: 'POST', headers, body });
    await response.body.dump();
  },
  'undici dispatch': () =>
    new Promise<void>((resolve, reject) => {
      pool.dispatch(
        { path: '/orders?x=1', method: 'POST', headers, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: () => undefined,
          onResponseData: () => undefined,
          onResponseEnd: () => {
            resolve();
          },
          onResponseError: (_controller, error) => {
            reject(error);
          },
        },
      );
    }),
  post: () => sender.post({ url, headers, body, timeoutMs: 30_000 }),
  'post with a signal': () => sender.post({ url, headers, body, timeoutMs: 30_000, signal: lifetime.signal }),
  deliver: () => deliver(sender, { request: { url, headers, body }, policy, signal: lifetime.signal }),
};

async function measure(
  send: () => Promise<unknown>,
  count: number,
): Promise<{ readonly cpuMicros: number; readonly perSecond: number }> {
  let left = count;
  const loop = async (): Promise<void> => {
    while (left-- > 0) await send();
  };
  const before = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, loop));
  const { user, system } = process.cpuUsage(before);
  return { cpuMicros: (user + system) / count, perSecond: (count / (performance.now() - start)) * 1000 };
}

const best = new Map<string, { cpuMicros: number; perSecond: number }>();
for (let round = 0; round < rounds; round++) {
  for (const [name, send] of Object.entries(variants)) {
    if (round === 0) await measure(send, requests / 5);
    const result = await measure(send, requests);
    const known = best.get(name);
    if (known === undefined || result.cpuMicros < known.cpuMicros) best.set(name, result);
  }
}
const yardstick = best.get('undici.request')?.cpuMicros ?? Number.NaN;
for (const [variant, { cpuMicros, perSecond }] of best) {
  const line = {
    bench: 'post',
    variant,
    concurrency,
    cpuMicrosPerRequest: Number(cpuMicros.toFixed(1)),
    perSecond: Math.round(perSecond),
  };
  console.log(
    JSON.stringify({
      ...line,
      yardstickCpuMicros: Number(yardstick.toFixed(1)),
      ratio: Number((cpuMicros / yardstick).toFixed(2)),
      node: process.version,
    }),
  );
}
await sender[Symbol.asyncDispose]();
await pool.close();
child.kill();
