/** Ids of numbered events in the order of their numbers. */
export const sorted = (ids: readonly string[]): string[] => ids.toSorted((a, b) => Number(a) - Number(b));

/** The ids of the first `count` numbered events. */
export const each = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
