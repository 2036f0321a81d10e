import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CloudEventV1, HTTP } from 'cloudevents';

/** A subscriber built on the HTTP binding of the official SDK. It remembers, by path, every event it answered 2xx to. */
export interface RecordingSubscriber extends AsyncDisposable {
  readonly url: string;
  /** Events at one path, in the order of their answers; `repeated` tells how many were there before with the same id. */
  received(path: string): { readonly events: readonly CloudEventV1<unknown>[]; readonly repeated: number };
  /** What came that the SDK could not read as an event. */
  readonly unreadable: readonly string[];
}

/** Starts a subscriber on a free port of the loopback interface. It answers 204, after `delayMs` if given. */
export async function startRecordingSubscriber({ delayMs = 0 } = {}): Promise<RecordingSubscriber> {
  const byPath = new Map<string, Map<string, CloudEventV1<unknown>>>();
  const repeats = new Map<string, number>();
  const unreadable: string[] = [];

  const receive = async (request: IncomingMessage): Promise<number> => {
    const path = request.url ?? '/';
    const body = await text(request);
    let event: CloudEventV1<unknown>;
    try {
      const read = HTTP.toEvent<unknown>({ headers: request.headers, body });
      if (Array.isArray(read)) throw new Error('a batch');
      event = read;
    } catch (error) {
      unreadable.push(`${path}: ${String(error)}: ${JSON.stringify(request.headers)}`);
      return 400;
    }
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const events = byPath.get(path) ?? new Map<string, CloudEventV1<unknown>>();
    byPath.set(path, events);
    if (events.has(event.id)) repeats.set(path, (repeats.get(path) ?? 0) + 1);
    else events.set(event.id, event);
    return 204;
  };

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the subscriber has no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    unreadable,
    received: (path) => ({ events: [...(byPath.get(path)?.values() ?? [])], repeated: repeats.get(path) ?? 0 }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
