/** Where a sign of life is committed: the offset of one group in one partition. */
export interface SignPlace {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

/** How many places are looked at, at most and at least. */
const maxPlaces = 300;
const leastPlaces = 24;
/** Among how many of the first free ones somebody chooses, so that two who come at the same time seldom choose the same. */
const choices = 8;

/**
 * All places, in an order that all processes with the same topics have in common: every partition in the first group, and where these are
 * few, again in further groups.
 *
 * @param topics with the numbers of their partitions
 */
export function signPlaces(
  groupIdPrefix: string,
  topics: readonly { readonly topic: string; readonly partitionCount: number }[],
): readonly SignPlace[] {
  const partitions = topics
    .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
    .flatMap(({ topic, partitionCount }) =>
      Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
    )
    .slice(0, maxPlaces);
  if (partitions.length === 0) return [];
  const groups = Math.ceil(leastPlaces / partitions.length);
  return Array.from({ length: groups }, (_, index) => `${groupIdPrefix}${index}`).flatMap((groupId) =>
    partitions.map(({ topic, partition }) => ({ groupId, topic, partition })),
  );
}

/** One of the first places that nobody has; undefined when all are taken. `random` is from 0 up to 1. */
export function freePlace(
  places: readonly SignPlace[],
  taken: ReadonlySet<string>,
  random: number,
): SignPlace | undefined {
  const free: SignPlace[] = [];
  for (const place of places) {
    if (taken.has(placeKey(place))) continue;
    free.push(place);
    if (free.length === choices) break;
  }
  return free[Math.floor(random * free.length)];
}

/** The same text for the same place. */
export function placeKey({ groupId, topic, partition }: SignPlace): string {
  return JSON.stringify([groupId, topic, partition]);
}
