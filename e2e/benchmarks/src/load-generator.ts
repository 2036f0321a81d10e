/**
 * A process of its own that posts 1 KB events over keep-alive connections, one request at a time on each, as fast as they are
 * answered, or at so many a second in all. It speaks HTTP/1.1 on bare sockets, so that it costs little beside the server it measures.
 *
 *     node load-generator.ts <url> <connections> <milliseconds> [<events a second>]
 *
 * Prints one JSON line: requests answered 202, other answers, requests a second, percentiles.
 */
import { connect, type Socket } from 'node:net';
import { Latencies } from './latencies.ts';

const [target = '', connectionsText = '1', durationText = '1000', rateText = 'Infinity'] = process.argv.slice(2);
/** Between two requests of a connection; one that was late is made up for. */
const intervalMs = (1_000 * Number(connectionsText)) / Number(rateText);
const url = new URL(target);
const latencies = new Latencies();
let refused = 0;

const body = JSON.stringify({ text: 'x'.repeat(1_000) });
const request = Buffer.from(
  [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Content-Type: application/json',
    'ce-specversion: 1.0',
    'ce-id: 4a5c2e6f-0b6e-4a9e-9a51-1c3f6d1f0a11',
    'ce-source: /benchmarks/load-generator',
    'ce-type: com.example.benchmark',
    'ce-time: 2026-01-01T00:00:00Z',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n'),
);

const endOfHead = Buffer.from('\r\n\r\n');

function run(socket: Socket, until: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let dueAt = performance.now() + Math.random() * intervalMs;
    let received: Buffer = Buffer.alloc(0);
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    const sendWhenDue = (): void => {
      const inMs = dueAt - performance.now();
      dueAt += intervalMs;
      if (inMs < 1) send();
      else setTimeout(send, inMs);
    };
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf(endOfHead);
      if (headEnd < 0) return;
      const head = received.toString('latin1', 0, headEnd);
      const bodyBytes = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (received.length < headEnd + 4 + bodyBytes) return;
      received = Buffer.alloc(0);
      const now = performance.now();
      if (head.startsWith('HTTP/1.1 202')) latencies.add(now - sentAt);
      else refused += 1;
      if (now < until) sendWhenDue();
      else socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    sendWhenDue();
  });
}

const sockets = await Promise.all(
  Array.from({ length: Number(connectionsText) }, async () => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return socket;
  }),
);
const startedAt = performance.now();
await Promise.all(sockets.map((socket) => run(socket, startedAt + Number(durationText))));
const seconds = (performance.now() - startedAt) / 1_000;
console.log(
  JSON.stringify({
    accepted: latencies.count,
    refused,
    eventsPerSecond: Math.round(latencies.count / seconds),
    p50Ms: Number(latencies.percentile(0.5).toFixed(3)),
    p99Ms: Number(latencies.percentile(0.99).toFixed(3)),
  }),
);
