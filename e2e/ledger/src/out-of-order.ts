import type { Answer, SentEvent, StoredCopy } from './entries.ts';

/** An event that came after one that lies behind it in the log. */
export interface OutOfOrder {
  readonly id: string;
  /** The event that had come already. */
  readonly after: string;
}

/**
 * Finds the events of an egress whose first outcome, delivered or to the dead letter, came after that of one that lies behind them
 * in the log.
 *
 * The log is the truth about order: a repeated attempt of a producer may well be stored behind later events. Only first outcomes
 * count. After a crash an egress goes back and repeats what it has no record of; that is at-least-once and keeps the promise, as
 * long as it skips nothing on its way.
 *
 * @param answers those of one egress, in the order in which they were given
 * @param scope `ordered`: places are compared within a partition; `key`: within a key of a partition
 */
export function findOutOfOrder(
  answers: readonly Answer[],
  scope: 'ordered' | 'key',
  { sent, stored }: { sent: ReadonlyMap<string, SentEvent>; stored: ReadonlyMap<string, readonly StoredCopy[]> },
): readonly OutOfOrder[] {
  const seen = new Set<string>();
  const furthest = new Map<string, { readonly id: string; readonly offset: number }>();
  const found: OutOfOrder[] = [];
  for (const { id, kind } of answers) {
    if (kind === 'refused' || seen.has(id)) continue;
    seen.add(id);
    const place = stored.get(id)?.[0];
    const event = sent.get(id);
    if (place === undefined || event === undefined) continue;
    const line = scope === 'ordered' ? String(place.partition) : `${place.partition} ${event.key}`;
    const before = furthest.get(line);
    if (before === undefined || before.offset < place.offset) furthest.set(line, { id, offset: place.offset });
    else found.push({ id, after: before.id });
  }
  return found;
}
