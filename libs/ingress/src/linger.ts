import type { ServerResponse } from 'node:http';
import type { EventRequest } from './event-request.ts';

/** Milliseconds and bytes for which a sender may go on with a body that was refused already. */
const lingerMs = 2000;
const lingerBytes = 16_777_216;

/**
 * Ends `response`, whose every byte is written, only when the rest of the request came or enough of it did. Closing at once
 * would reset the connection under a sender still writing, and the reset may overtake the answer.
 */
export function endAfterRequest(request: EventRequest, response: ServerResponse): void {
  let bytes = 0;
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) request.destroy();
  });
  request.once('end', end);
  request.once('close', end);
  request.on('error', end);
  request.resume();
}
