interface Claimant {
  readonly name: string;
  readonly rank: number;
}

/**
 * Values that only one may have, such as a path or a topic: the claimant of the least rank has it, among equals the one that came
 * first. Who lost gets it as soon as the owner lets go.
 */
export class Claims {
  readonly #claimants = new Map<string, Claimant[]>();
  readonly #claims = new Map<string, { readonly rank: number; readonly values: readonly string[] }>();

  /** Replaces everything that `name` claims. Gives the others that won or lost a value by it. */
  set(name: string, rank: number, values: readonly string[]): ReadonlySet<string> {
    const affected = new Set<string>();
    const before = this.#claims.get(name);
    const kept = before?.rank === rank ? before.values : [];
    for (const value of before?.values ?? []) {
      if (kept === before?.values && values.includes(value)) continue;
      const next = this.#release(name, value);
      if (next !== undefined) affected.add(next);
    }
    for (const value of values) {
      if (kept.includes(value)) continue;
      const loser = this.#take({ name, rank }, value);
      if (loser !== undefined) affected.add(loser);
    }
    if (values.length === 0) this.#claims.delete(name);
    else this.#claims.set(name, { rank, values });
    affected.delete(name);
    return affected;
  }

  /** Who has a value; undefined: nobody claims it. */
  ownerOf(value: string): string | undefined {
    return this.#claimants.get(value)?.[0]?.name;
  }

  #take(claimant: Claimant, value: string): string | undefined {
    const claimants = this.#claimants.get(value) ?? [];
    this.#claimants.set(value, claimants);
    const at = claimants.findIndex(({ rank }) => rank > claimant.rank);
    const loser = at === 0 ? claimants[0]?.name : undefined;
    claimants.splice(at === -1 ? claimants.length : at, 0, claimant);
    return loser;
  }

  #release(name: string, value: string): string | undefined {
    const claimants = this.#claimants.get(value) ?? [];
    const at = claimants.findIndex((claimant) => claimant.name === name);
    if (at !== -1) claimants.splice(at, 1);
    if (claimants.length === 0) this.#claimants.delete(value);
    return at === 0 ? claimants[0]?.name : undefined;
  }
}
