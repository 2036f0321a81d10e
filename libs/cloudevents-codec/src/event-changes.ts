import type { AttributeValue, EventView } from './event-view.ts';

export function withExtensions(
  _event: EventView,
  _extensions: Readonly<Record<string, AttributeValue | undefined>>,
): EventView {
  throw new Error('not written yet');
}

export function toSpecVersion1(_event: EventView): EventView {
  throw new Error('not written yet');
}
