import type { Writable } from 'node:stream';

/**
 * Writes one message and resolves when the transport took it, so that at most one message waits in memory whatever the peer's
 * speed: `true`, or `false` when the stream closed before.
 */
export async function writeMessage(stream: Writable, message: object, closed: AbortSignal): Promise<boolean> {
  if (closed.aborted || !stream.writable) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const giveUp = (): void => resolve(false);
  closed.addEventListener('abort', giveUp, { once: true });
  stream.write(message, (error) => resolve(error === null || error === undefined));
  const written = await promise;
  closed.removeEventListener('abort', giveUp);
  return written;
}
