/** A member of a group, as the group sees it. */
export interface GroupMember {
  given(partitions: readonly number[]): Promise<void>;
  taken(partitions: readonly number[]): Promise<void>;
}

interface Group {
  /** What each member has, in the order they joined. */
  readonly members: Map<GroupMember, Set<number>>;
  change: Promise<void>;
}

/**
 * Consumer groups within this process. The mock cluster knows groups too, but lets every new one wait three seconds, which
 * is longer than anyone wants to wait for a first event.
 */
export class EmbeddedGroups {
  readonly #groups = new Map<string, Group>();

  /** Gives the new member its share, taking it from the others first. */
  join(groupId: string, topic: string, partitionCount: number, member: GroupMember): void {
    const key = `${groupId}\n${topic}`;
    const group = this.#groups.get(key) ?? { members: new Map<GroupMember, Set<number>>(), change: Promise.resolve() };
    this.#groups.set(key, group);
    group.members.set(member, new Set());
    this.#rebalance(group, partitionCount);
  }

  /** Gives what the member had to the others. The member has finished with it. */
  leave(groupId: string, topic: string, partitionCount: number, member: GroupMember): void {
    const key = `${groupId}\n${topic}`;
    const group = this.#groups.get(key);
    if (group?.members.delete(member) !== true) return;
    if (group.members.size === 0) this.#groups.delete(key);
    else this.#rebalance(group, partitionCount);
  }

  #rebalance(group: Group, partitionCount: number): void {
    group.change = group.change.then(async () => {
      const shares = decideShares([...group.members.values()], partitionCount);
      const members = [...group.members];
      await Promise.all(
        members.map(async ([member, owned], index) => {
          const surplus = [...owned].filter((partition) => shares[index]?.has(partition) !== true);
          for (const partition of surplus) owned.delete(partition);
          if (surplus.length > 0) await member.taken(surplus);
        }),
      );
      for (const [index, [member, owned]] of members.entries()) {
        const missing = [...(shares[index] ?? [])].filter((partition) => !owned.has(partition));
        for (const partition of missing) owned.add(partition);
        // Not waited for: where to start may depend on things that take their time.
        if (missing.length > 0 && group.members.has(member)) void member.given(missing);
      }
    });
  }
}

/** Even shares of the partitions; everybody keeps what fits into its share. */
export function decideShares(
  owned: readonly ReadonlySet<number>[],
  partitionCount: number,
): readonly ReadonlySet<number>[] {
  const base = Math.floor(partitionCount / owned.length);
  const larger = partitionCount % owned.length;
  const shares = owned.map(() => new Set<number>());
  const free = new Set(Array.from({ length: partitionCount }, (_, partition) => partition));
  // Those who have most keep the larger shares.
  const order = owned.map((_, index) => index).sort((a, b) => (owned[b]?.size ?? 0) - (owned[a]?.size ?? 0));
  const quota = (rank: number): number => base + (rank < larger ? 1 : 0);
  for (const [rank, index] of order.entries()) {
    for (const partition of owned[index] ?? []) {
      if ((shares[index]?.size ?? 0) < quota(rank) && free.delete(partition)) shares[index]?.add(partition);
    }
  }
  for (const [rank, index] of order.entries()) {
    for (const partition of free) {
      if ((shares[index]?.size ?? 0) >= quota(rank)) break;
      free.delete(partition);
      shares[index]?.add(partition);
    }
  }
  return shares;
}
