/**
 * Sends again, one at a time, what a broker refused as too large.
 *
 * A broker judges a batch and refuses all of it for one record, and librdkafka, unlike the Java client, does not split it. So
 * every record of such a batch gets another chance in smaller company. A record that is refused `maxTries` times is the one
 * that is too large.
 */
export class LoneResends<Item> {
  readonly #send: (item: Item) => boolean;
  readonly #waiting: Item[] = [];
  readonly #tries = new Map<Item, number>();
  #underWay: Item | undefined;

  /** `send` answers false when it did not send the item, and has dealt with it. */
  constructor(send: (item: Item) => boolean) {
    this.#send = send;
  }

  /** The broker refused this item. False when it had its chances. */
  offer(item: Item): boolean {
    const tries = (this.#tries.get(item) ?? 0) + 1;
    if (tries > maxTries) return false;
    this.#tries.set(item, tries);
    this.#waiting.push(item);
    return true;
  }

  /** An answer about this item came; whatever it was, the next may go. */
  answered(item: Item, final: boolean): void {
    if (final) this.#tries.delete(item);
    if (this.#underWay === item) this.#underWay = undefined;
    while (this.#underWay === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (this.#send(next)) this.#underWay = next;
      else this.#tries.delete(next);
    }
  }

  /** Forgets everything: no answer will come any more, because what sent it is gone. */
  clear(): void {
    this.#waiting.length = 0;
    this.#tries.clear();
    this.#underWay = undefined;
  }

  /** Whether there is nothing to do, which is nearly always. */
  get idle(): boolean {
    return this.#tries.size === 0;
  }
}

const maxTries = 3;
