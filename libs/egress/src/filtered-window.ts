import { evaluate, type Filter } from '@eventing-kafka/filters';
import { FilterProbe } from './filter-probe.ts';
import type { EventOverrides } from './event-overrides.ts';
import type { HeldRecord } from './held-record.ts';
import type { RecordWrapping } from './record-wrapping.ts';
import { SlidingList } from './sliding-list.ts';

/** What decides which records of a window an egress wants; equal keys decide alike. */
export interface RecordSelection {
  readonly key: string;
  readonly filter: Filter;
  readonly overrides: EventOverrides;
  /** How records that are no events are made into some; absent: they are passed over. */
  readonly wrapping?: RecordWrapping | undefined;
}

/**
 * The records of a window that one filter wants, shared by all egresses with that filter: each record is judged once, and what
 * is not wanted costs nothing further, neither per record nor per egress.
 *
 * A record that is no event is in every such list, because each egress has to account for it.
 */
export class FilteredWindow {
  readonly matches = new SlidingList<HeldRecord>();
  readonly #filter: Filter;
  readonly #probe: FilterProbe;
  readonly #wrapping: RecordWrapping | undefined;

  constructor(selection: RecordSelection) {
    this.#filter = selection.filter;
    this.#probe = new FilterProbe(selection.overrides);
    this.#wrapping = selection.wrapping;
  }

  /** Whether it takes records that are no events. */
  get wraps(): boolean {
    return this.#wrapping !== undefined;
  }

  /** Judges records that the window just got. */
  extend(records: Iterable<HeldRecord>): void {
    const probe = this.#probe;
    for (const held of records) {
      const event = held.eventFor(this.#wrapping);
      if (event === undefined) {
        this.matches.push(held);
        continue;
      }
      probe.look(event, held.record);
      if (evaluate(this.#filter, probe)) this.matches.push(held);
    }
  }

  /** Index of the first wanted record at or after `offset`. */
  indexFrom(offset: number): number {
    return this.matches.lowerBound((held) => held.offset >= offset);
  }

  /** Forgets records below `offset`. */
  dropBelow(offset: number): void {
    const { matches } = this;
    const first = matches.at(matches.start);
    if (first === undefined || first.offset >= offset) return;
    matches.dropBelow(this.indexFrom(offset));
  }
}
