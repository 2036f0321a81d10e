import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';

/** What a connection got. */
export interface Played {
  /** The final answers, in order. */
  readonly statuses: readonly number[];
  readonly received: Buffer;
}

/** Milliseconds without a byte after which nothing more is expected; most that is wrong is answered in one or two. */
const quietMs = 40;
const longestMs = 3000;

/**
 * Writes bytes on a connection of its own, in pieces that fall anywhere, and reads what comes: until the other side ends it, or is quiet. May end its
 * own side early, leave in the middle, or never read.
 */
export async function play(port: number, bytes: Buffer, random: Random): Promise<Played> {
  const received: Buffer[] = [];
  let lastByteAt = performance.now();
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const over = new AbortController();
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk);
    lastByteAt = performance.now();
  });
  // A reset is an answer as well: to a sender that goes on after its last one.
  socket.on('error', () => over.abort());
  socket.on('end', () => over.abort());
  socket.on('close', () => over.abort());
  const cuts = Array.from({ length: random.chance(0.5) ? 0 : random.below(4) }, () => random.below(bytes.length + 1));
  let start = 0;
  for (const end of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    if (over.signal.aborted) break;
    socket.write(bytes.subarray(start, end));
    start = end;
    if (end < bytes.length) await pause(random.below(3));
  }
  const leaving = random.below(12);
  if (leaving === 0) socket.resetAndDestroy();
  else if (leaving === 1) socket.end();
  else if (leaving === 2) socket.pause();
  const startedAt = performance.now();
  lastByteAt = startedAt;
  while (!over.signal.aborted && performance.now() - lastByteAt < quietMs && performance.now() - startedAt < longestMs)
    await pause(2);
  socket.destroy();
  await closed;
  const all = Buffer.concat(received);
  return { statuses: statusesOf(all), received: all };
}

/** The final statuses in a row of answers. Each of ours has a length; one that is cut off or answers HEAD ends the row. */
function statusesOf(received: Buffer): readonly number[] {
  const statuses: number[] = [];
  for (let at = 0; ;) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end < 0) return statuses;
    const head = received.toString('latin1', at, end);
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
    if (status === undefined) return statuses;
    if (status !== '100') statuses.push(Number(status));
    at = end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  }
}
