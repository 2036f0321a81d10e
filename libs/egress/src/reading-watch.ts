/** A partition with records that egresses wait for, and the first offset they wait for. */
interface Waiting {
  readonly partition: number;
  readonly nextOffset: number;
}

/** Finds out that a topic is not read although Kafka, which answers, has records for those who wait. */
export class ReadingWatch {
  readonly #topic: string;
  /** When records came last. */
  #readAtMs = performance.now();
  /** Partitions with records that egresses wait for, where they do, and since when that is known. */
  #unread: ReadonlyMap<number, { readonly nextOffset: number; readonly sinceMs: number }> = new Map();

  constructor(topic: string) {
    this.#topic = topic;
  }

  /** Records came. */
  came(): void {
    this.#readAtMs = performance.now();
  }

  /** Takes note of what waits to be read, each time Kafka said where partitions end. */
  look(waiting: readonly Waiting[], ends: ReadonlyMap<number, number>): void {
    const unread = waiting.filter(({ partition, nextOffset }) => (ends.get(partition) ?? 0) > nextOffset);
    const nowMs = performance.now();
    this.#unread = new Map(
      unread.map(({ partition, nextOffset }) => {
        const known = this.#unread.get(partition);
        return [partition, known?.nextOffset === nextOffset ? known : { nextOffset, sinceMs: nowMs }];
      }),
    );
  }

  /** Kafka does not answer, so nobody can say that there is something to read. */
  lookedInVain(): void {
    this.#unread = new Map();
  }

  /** Why only a new process can help, if so: for `patienceMs` there was something to read, and nothing came. */
  stuck(patienceMs: number): string | undefined {
    const nowMs = performance.now();
    const overdue = [...this.#unread].filter(([, { sinceMs }]) => nowMs - sinceMs > patienceMs);
    if (overdue.length === 0 || nowMs - this.#readAtMs <= patienceMs) return undefined;
    const partitions = overdue.map(([partition]) => partition).join(', ');
    const seconds = Math.round(patienceMs / 1000);
    return `Kafka has records for partitions ${partitions} of topic ${this.#topic}, and none came for more than ${seconds} s`;
  }
}
