/**
 * A subscriber that takes half of the events, answers 500 to a quarter and hangs up on a quarter, by a seeded chance.
 *
 *     node failing-server.ts <seed>
 *
 * Prints its port; `GET /` answers how many posts it took and how many it failed, as JSON.
 */
import { createServer } from 'node:http';

let state = Number(process.argv[2] ?? 1);

/** mulberry32: the next number from 0 to 1. */
function chance(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

let taken = 0;
let failed = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify({ taken, failed }));
    return;
  }
  request.on('data', () => undefined);
  // A sender that is stopped at the end breaks off.
  request.on('error', () => undefined);
  request.on('end', () => {
    const fate = chance();
    if (fate < 0.5) {
      taken += 1;
      response.writeHead(202).end();
      return;
    }
    failed += 1;
    if (fate < 0.75) response.writeHead(500).end();
    else request.socket.destroy();
  });
}).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(String(address.port));
});
