/** A point in the history of contracts. */
export interface Revision {
  /** Term of the controller that made it; greater for every controller that starts. */
  readonly epoch: bigint;
  /** Counts the changes within the epoch, from 1. */
  readonly generation: bigint;
}

/** Negative when `a` is older than `b`, 0 when they are the same, positive when it is newer. The epoch decides first. */
export function compareRevisions(a: Revision, b: Revision): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  if (a.generation !== b.generation) return a.generation < b.generation ? -1 : 1;
  return 0;
}
