import type { EventView } from '@eventing-kafka/cloudevents-codec';
import type { EventOutcome } from './batch-answer.ts';
import type { RefusalReason } from './refusals.ts';

/** The events of a batch on their way to Kafka. */
export class BatchInFlight {
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly #outcomes: (EventOutcome | undefined)[];
  #waiting: number;

  constructor(events: readonly EventView[]) {
    this.ids = events.map(({ id }) => id);
    this.types = events.map(({ type }) => type);
    this.#outcomes = events.map(() => undefined);
    this.#waiting = events.length;
  }

  get size(): number {
    return this.#outcomes.length;
  }

  /** Takes Kafka's word on one event; true: it was the last. */
  settle(index: number, outcome: EventOutcome): boolean {
    this.#outcomes[index] = outcome;
    this.#waiting -= 1;
    return this.#waiting === 0;
  }

  /** What became of each event; `late` for those that Kafka has said nothing of. */
  outcomes(late: RefusalReason): readonly EventOutcome[] {
    return this.#outcomes.map((outcome) => outcome ?? late);
  }
}
