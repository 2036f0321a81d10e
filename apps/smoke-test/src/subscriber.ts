import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { isCodecError, readHttpEvent } from '@eventing-kafka/cloudevents-codec';
import { SmokeTestError } from './smoke-test-error.ts';

/** Our own events are far smaller; whatever else a Trigger brings is answered, not kept. */
const maxBodyBytes = 65_536;

/** What the Trigger of the test delivers to. */
export interface Subscriber extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens for events, in either content mode, and answers 204, so that none is delivered again; `onEvent` gets the id of each.
 *
 * @throws SmokeTestError `SMOKE_TEST_CANNOT_LISTEN`
 */
export async function startSubscriber(options: {
  readonly host: string;
  readonly port: number;
  readonly onEvent: (id: string) => void;
}): Promise<Subscriber> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    readEventId(request)
      .then((id) => {
        response.writeHead(id === undefined ? 400 : 204).end();
        if (id !== undefined) options.onEvent(id);
      })
      // The sender went away half-way; it will deliver again.
      .catch(() => response.destroy());
  });
  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SmokeTestError('SMOKE_TEST_CANNOT_LISTEN', `No event can be waited for: ${why}`, { cause });
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readEventId(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return readHttpEvent(request.rawHeaders, Buffer.concat(chunks, size)).id;
  } catch (error) {
    if (isCodecError(error)) return undefined;
    throw error;
  }
}
