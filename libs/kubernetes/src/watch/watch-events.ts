import type { StatusObject } from '../client/response-errors.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';

/** One event of a watch, as the API writes it. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubernetesObject }
  | { readonly type: 'ERROR'; readonly object: StatusObject };

/** Longest event; etcd takes objects of 1.5 MiB. */
const maxEventBytes = 16 * 1024 * 1024;
const lineFeed = 0x0a;

/**
 * The events of a watch, one JSON document a line; those that arrived together come together.
 *
 * @throws Error for what is no event: the connection is of no use any more.
 */
export async function* watchEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly WatchEvent[]> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const events: WatchEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      rest = [];
      restBytes = 0;
      start = end + 1;
      if (line.trim() !== '') events.push(JSON.parse(line) as WatchEvent);
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
      if (restBytes > maxEventBytes) throw new Error(`an event of a watch is larger than ${maxEventBytes} bytes`);
    }
    if (events.length > 0) yield events;
  }
}
