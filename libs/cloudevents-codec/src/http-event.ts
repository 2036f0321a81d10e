import type { EventView } from './event-view.ts';

export function readHttpEvent(_rawHeaders: readonly string[], _body: Buffer): EventView {
  throw new Error('not written yet');
}

export function readHttpResponseEvent(
  _headers: readonly string[] | Readonly<Record<string, string | readonly string[] | undefined>>,
  _body: Buffer,
): EventView | undefined {
  throw new Error('not written yet');
}
