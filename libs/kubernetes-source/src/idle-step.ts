/** When a lookup was last needed. Times are milliseconds of one monotonic clock. */
export interface LookupUse {
  readonly isKnown: boolean;
  readonly usedAtMs: number;
  /** When those who may need it were asked; undefined: they were not, since it was last used. */
  readonly askedAtMs: number | undefined;
}

/** How long nobody may look before being asked, and how long they then have, in milliseconds. */
export interface IdleTimes {
  readonly idleMs: number;
  readonly graceMs: number;
}

/**
 * What becomes of a lookup that nobody has looked at for long. Who depends on it looked once and waits to be woken: it may be dropped only
 * when they were woken and did not look again.
 */
export function idleStep(use: LookupUse, nowMs: number, { idleMs, graceMs }: IdleTimes): 'keep' | 'ask' | 'drop' {
  if (!use.isKnown || nowMs - use.usedAtMs < idleMs) return 'keep';
  if (use.askedAtMs === undefined) return 'ask';
  return nowMs - use.askedAtMs < graceMs ? 'keep' : 'drop';
}
