import type { Span } from './entries.ts';

/** An event of one partition that could have been delivered from the moment of its 202. */
export interface WaitingEvent {
  readonly fromMs: number;
  /** When it was first delivered or dead-lettered; undefined if never. */
  readonly untilMs: number | undefined;
}

/**
 * The longest time in which one partition held events and none of it was delivered, in milliseconds.
 *
 * @param events of one partition; those delivered before their 202 was seen never waited
 * @param progressAtMs every delivery of the partition, repeated ones too
 * @param away time that does not count, not overlapping
 * @param endMs when the books were closed
 */
export function longestStandstillMs(
  events: readonly WaitingEvent[],
  progressAtMs: readonly number[],
  away: readonly Span[],
  endMs: number,
): number {
  const waiting = events.filter(({ fromMs, untilMs }) => untilMs === undefined || untilMs > fromMs);
  const moments = [
    ...waiting.map(({ fromMs }) => ({ atMs: fromMs, change: 1, progress: false })),
    ...waiting.flatMap(({ untilMs }) => (untilMs === undefined ? [] : [{ atMs: untilMs, change: -1, progress: true }])),
    ...progressAtMs.map((atMs) => ({ atMs, change: 0, progress: true })),
  ].sort((one, other) => one.atMs - other.atMs);

  let longest = 0;
  let held = 0;
  let sinceMs = endMs;
  const stoodUntil = (atMs: number): void => {
    if (held > 0) longest = Math.max(longest, atMs - sinceMs - overlapMs(away, { fromMs: sinceMs, toMs: atMs }));
  };
  for (const { atMs, change, progress } of moments) {
    if (progress) {
      stoodUntil(atMs);
      sinceMs = atMs;
    }
    if (held === 0 && change > 0) sinceMs = atMs;
    held += change;
  }
  stoodUntil(Math.max(endMs, sinceMs));
  return longest;
}

function overlapMs(spans: readonly Span[], { fromMs, toMs }: Span): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)), 0);
}
