/** A list that grows at its end and is dropped from its start; an item keeps the index it got when it was pushed. */
export class SlidingList<T> {
  #items: T[] = [];
  #dropped = 0;
  /** Index of `#items[0]`. */
  #base = 0;

  /** Index of the first item still held; equal to {@link end} when there is none. */
  get start(): number {
    return this.#base + this.#dropped;
  }

  /** Index the next pushed item will have. */
  get end(): number {
    return this.#base + this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The item at `index`, or undefined when it is dropped or still to come. */
  at(index: number): T | undefined {
    return index < this.start ? undefined : this.#items[index - this.#base];
  }

  /** Drops every item below `index`. Its cost is spread over the pushes: the array is rebuilt when half of it is waste. */
  dropBelow(index: number): void {
    this.#dropped = Math.max(this.#dropped, Math.min(index - this.#base, this.#items.length));
    if (this.#dropped === this.#items.length) {
      this.#base += this.#dropped;
      this.#items = [];
      this.#dropped = 0;
    } else if (this.#dropped > 512 && this.#dropped * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#dropped);
      this.#base += this.#dropped;
      this.#dropped = 0;
    }
  }

  /** Index of the first item for which `reached` holds; it must hold for every item after it too. */
  lowerBound(reached: (item: T) => boolean): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#items[middle - this.#base];
      if (item === undefined || reached(item)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
