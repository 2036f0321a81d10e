/** A lookup, as far as it matters for who has to make room. */
export interface Place {
  readonly id: string;
  /** It watches all objects of a kind; else one object. */
  readonly isKind: boolean;
  /** It is known that nothing is there. */
  readonly isAbsent: boolean;
  /** When somebody last looked, in milliseconds of a monotonic clock. */
  readonly usedAtMs: number;
}

/** Whether there is room for one more lookup; `instead`: when the one of this id goes. */
export type Room =
  { readonly kind: 'free' } | { readonly kind: 'instead'; readonly id: string } | { readonly kind: 'full' };

/** Of all lookups that many may be of kinds: each costs a list of all namespaces, or, of a kind that nobody installed, being asked for again and again. */
const kindsOfAll = 0.1;

/**
 * Whoever may write Triggers may name any number of kinds and objects that do not exist. They must not keep those from being looked up that do:
 * what is not there, and was looked at longest ago, makes room.
 */
export function roomFor(isKind: boolean, places: readonly Place[], maxLookups: number): Room {
  const maxKinds = Math.max(1, Math.floor(maxLookups * kindsOfAll));
  const rivals = isKind ? places.filter((place) => place.isKind) : places;
  if (places.length < maxLookups && (!isKind || rivals.length < maxKinds)) return { kind: 'free' };
  const [first, ...others] = rivals.filter(({ isAbsent }) => isAbsent);
  if (first === undefined) return { kind: 'full' };
  return { kind: 'instead', id: others.reduce((a, b) => (b.usedAtMs < a.usedAtMs ? b : a), first).id };
}
