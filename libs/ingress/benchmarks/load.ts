/** The sender: `load.ts <port> <connections> <seconds>`; one event at a time on each connection, over bare sockets. */
import { connect } from 'node:net';

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2).map(Number);
const body = Buffer.alloc(1024, 'x');
const head = [
  'POST /ns/broker HTTP/1.1',
  'Host: receiver.bench:8080',
  'User-Agent: benchmark',
  'Content-Type: application/octet-stream',
  'ce-specversion: 1.0',
  'ce-id: 6f1c0cbd-8b7c-4f0e-a3c6-9c1f3b0a4b52',
  'ce-source: /benchmark/source',
  'ce-type: com.example.benchmark',
  'ce-time: 2026-01-01T12:00:00Z',
  `Content-Length: ${body.length}`,
  '',
  '',
].join('\r\n');
const request = Buffer.concat([Buffer.from(head), body]);
const end = performance.now() + seconds * 1000;
const latencies: number[] = [];
let bad = 0;
let open = 0;

for (let i = 0; i < connections; i += 1) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  open += 1;
  let sentAt = 0;
  const send = (): void => {
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on('connect', send);
  socket.on('data', (chunk: Buffer) => {
    const now = performance.now();
    // An answer is one small packet on one machine.
    if (chunk.toString('latin1', 9, 12) === '202') latencies.push(now - sentAt);
    else bad += 1;
    if (now < end) send();
    else socket.end();
  });
  socket.on('error', () => (bad += 1));
  socket.on('close', () => {
    open -= 1;
    if (open === 0) report();
  });
}

function report(): void {
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  process.send?.({ answered: latencies.length, bad, p50Ms: at(0.5), p99Ms: at(0.99) });
  process.disconnect();
}
