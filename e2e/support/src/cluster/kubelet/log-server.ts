import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a log that is followed is looked at. */
const followEveryMs = 100;

/**
 * Serves what `kubectl logs` asks of a kubelet, through the API server: `/containerLogs/<namespace>/<pod>/<container>` with `follow` and `tailLines`.
 *
 * @param logFile path of the log of a container; undefined when there is no such Pod
 */
export async function serveLogs(
  listenOn: { host: string; port: number },
  identity: { cert: Buffer; key: Buffer },
  logFile: (namespace: string, pod: string, container: string) => string | undefined,
): Promise<AsyncDisposable> {
  const server = createServer(identity, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
    const [, kind, namespace = '', pod = '', container = ''] = pathname.split('/');
    const file = kind === 'containerLogs' ? logFile(namespace, pod, container) : undefined;
    if (file === undefined) {
      response.writeHead(404).end('this kubelet serves only logs, of the Pods it has\n');
      return;
    }
    const tail = Number(searchParams.get('tailLines') ?? Infinity);
    sendLog(response, file, tail, searchParams.get('follow') === 'true').catch(() => response.destroy());
  });
  server.listen(listenOn);
  await once(server, 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

async function sendLog(response: ServerResponse, file: string, tailLines: number, follow: boolean): Promise<void> {
  const text = await readFile(file).catch(() => Buffer.alloc(0));
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write(lastLines(text.toString('utf8'), tailLines));
  let sent = text.length;
  while (follow && !response.destroyed) {
    await delay(followEveryMs);
    const { size } = await stat(file);
    if (size <= sent) continue;
    for await (const chunk of createReadStream(file, { start: sent, end: size - 1 })) response.write(chunk);
    sent = size;
  }
  response.end();
}

/** The last lines of a text, all of it for a number that is not finite. */
export function lastLines(text: string, count: number): string {
  if (!Number.isFinite(count)) return text;
  const lines = text.split('\n');
  // A text that ends with a line break has an empty string behind its last line.
  return lines.slice(Math.max(0, lines.length - 1 - count)).join('\n');
}
