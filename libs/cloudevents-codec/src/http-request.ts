import type { ContentMode, EventView } from './event-view.ts';

/** What to send: `headers` is a flat list of names and values, as `node:http` and undici take them. */
export interface EncodedRequest {
  readonly headers: string[];
  readonly body: Buffer | null;
}

export function toHttpRequest(_event: EventView, _mode: ContentMode): EncodedRequest {
  throw new Error('not written yet');
}
