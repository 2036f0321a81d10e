import { keyText } from '@eventing-kafka/resources';
import type { ServedKey } from '@eventing-kafka/resources';

/** Pause before a status is put right, so that two who disagree for good cost each other no more than a write a second. */
const pauseMs = 1_000;

/** Has statuses written again that somebody else wrote: each once after a moment, however often it was asked for. */
export class StatusRestorer implements Disposable {
  readonly #write: (key: ServedKey) => void;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  #isOver = false;

  /** @param write writes the status of an object if it is not there */
  constructor(write: (key: ServedKey) => void) {
    this.#write = write;
  }

  restore(key: ServedKey): void {
    const text = keyText(key);
    if (this.#isOver || this.#waiting.has(text)) return;
    const write = (): void => {
      this.#waiting.delete(text);
      this.#write(key);
    };
    this.#waiting.set(text, setTimeout(write, pauseMs));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
