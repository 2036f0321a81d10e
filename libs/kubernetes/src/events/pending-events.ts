import type { ObjectIdentity } from '../objects/kubernetes-object.ts';

/** Something that the people who run a cluster should notice about an object. */
export interface RecordedEvent {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** For a person; cut at 1,024 characters. */
  readonly message: string;
}

/** The object an event is about, as it is now. */
export type EventObject = ObjectIdentity & { readonly uid: string };

/** An event with how often it happened. Times are milliseconds since 1970. */
export interface CountedEvent {
  readonly object: EventObject;
  readonly event: RecordedEvent;
  count: number;
  readonly firstAtMs: number;
  lastAtMs: number;
  /** Its Event object on the server; undefined: not written yet. */
  name: string | undefined;
  writtenAtMs: number | undefined;
}

/** How much is kept and written. */
export interface EventLimits {
  /** Different events that are remembered; those last heard of longest ago go first. */
  readonly maxEvents: number;
  /** An event that happens again after longer than this is a new one, in milliseconds. */
  readonly aggregateMs: number;
  /** The count of an event is written at most this often, in milliseconds. */
  readonly updateMs: number;
  /** Different events of one object in a row… */
  readonly burstPerObject: number;
  /** … and then one in this many milliseconds. */
  readonly refillMs: number;
}

/** What a server and a person can take. */
export const defaultEventLimits: EventLimits = {
  maxEvents: 5_000,
  aggregateMs: 600_000,
  updateMs: 10_000,
  burstPerObject: 25,
  refillMs: 60_000,
};

/** Events that are waiting to be written, and those that were, to count them when they happen again. Knows no clock. */
export class PendingEvents {
  readonly #limits: EventLimits;
  /** In the order in which they were last heard of. */
  readonly #events = new Map<string, CountedEvent>();
  readonly #dirty = new Set<CountedEvent>();
  readonly #budgets = new Map<string, { left: number; atMs: number }>();

  constructor(limits: EventLimits = defaultEventLimits) {
    this.#limits = limits;
  }

  /** Notes that something happened; false: there is no room for it, or too much happened to the object. */
  note(object: EventObject, event: RecordedEvent, nowMs: number): boolean {
    const key = JSON.stringify([object.uid, event.type, event.reason, event.message]);
    const known = this.#events.get(key);
    if (known !== undefined && nowMs - known.lastAtMs <= this.#limits.aggregateMs) {
      known.count += 1;
      known.lastAtMs = nowMs;
      this.#events.delete(key);
      this.#events.set(key, known);
      this.#dirty.add(known);
      return true;
    }
    if (!this.#hasBudget(object.uid, nowMs) || !this.#makeRoom(nowMs)) return false;
    const counted: CountedEvent = {
      object,
      event,
      count: 1,
      firstAtMs: nowMs,
      lastAtMs: nowMs,
      name: undefined,
      writtenAtMs: undefined,
    };
    this.#events.delete(key);
    this.#events.set(key, counted);
    this.#dirty.add(counted);
    return true;
  }

  /** The event to write next, and in how many milliseconds; undefined: nothing is waiting. */
  next(nowMs: number): { readonly event: CountedEvent; readonly inMs: number } | undefined {
    let soonest: { readonly event: CountedEvent; readonly inMs: number } | undefined;
    for (const event of this.#dirty) {
      const inMs = event.writtenAtMs === undefined ? 0 : Math.max(0, event.writtenAtMs + this.#limits.updateMs - nowMs);
      if (soonest === undefined || inMs < soonest.inMs) soonest = { event, inMs };
      if (inMs === 0) break;
    }
    return soonest;
  }

  /** It is being written as it is now; what happens from here on is written again. */
  taken(event: CountedEvent): void {
    this.#dirty.delete(event);
  }

  #hasBudget(uid: string, nowMs: number): boolean {
    const { burstPerObject, refillMs, maxEvents } = this.#limits;
    const budget = this.#budgets.get(uid) ?? { left: burstPerObject, atMs: nowMs };
    const left = Math.min(burstPerObject, budget.left + (nowMs - budget.atMs) / refillMs);
    this.#budgets.delete(uid);
    this.#budgets.set(uid, { left: left < 1 ? left : left - 1, atMs: nowMs });
    if (this.#budgets.size > maxEvents) this.#forgetFirst(this.#budgets);
    return left >= 1;
  }

  /** Forgets the event that was last heard of longest ago, unless it is still to be written. */
  #makeRoom(nowMs: number): boolean {
    for (const [key, event] of this.#events) {
      const isOld = nowMs - event.lastAtMs > this.#limits.aggregateMs;
      if (this.#dirty.has(event) || !(isOld || this.#events.size >= this.#limits.maxEvents)) break;
      this.#events.delete(key);
    }
    return this.#events.size < this.#limits.maxEvents;
  }

  #forgetFirst(map: Map<string, unknown>): void {
    const [first] = map.keys();
    if (first !== undefined) map.delete(first);
  }
}
