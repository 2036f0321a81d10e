/** What became of a topic since Kafka was asked last. */
export interface TopicChange {
  /** Whether it is another topic of the same name. */
  readonly isAnother: boolean;
  /** Partitions that were read of another topic: their logs are new, whatever their offsets are. */
  readonly remade: readonly number[];
}

/** Which topic a name means: Kafka tells topics of one name apart by an id (KIP-516). */
export class TopicIdentity {
  #id: string | undefined;
  /** Of partitions that are read: the topic they are read of; undefined until it is known. */
  readonly #readOf = new Map<number, string | undefined>();

  /** The topic as it is now; undefined: not known. */
  get id(): string | undefined {
    return this.#id;
  }

  /** A partition is read of this topic from now on; undefined: the next answer tells of which. */
  reads(partition: number, topicId: string | undefined): void {
    this.#readOf.set(partition, topicId);
  }

  /** A partition is read no more. */
  forget(partition: number): void {
    this.#readOf.delete(partition);
  }

  /** Kafka names the topic by this id. One that is away at the moment may be another one when it is back. */
  told(topicId: string | undefined, partitions: readonly number[]): TopicChange {
    if (topicId === undefined) return { isAnother: false, remade: [] };
    const isAnother = this.#id !== undefined && this.#id !== topicId;
    this.#id = topicId;
    const remade: number[] = [];
    for (const partition of partitions) {
      const before = this.#readOf.get(partition);
      this.#readOf.set(partition, topicId);
      if (before !== undefined && before !== topicId) remade.push(partition);
    }
    return { isAnother, remade };
  }
}
