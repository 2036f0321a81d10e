import { accountOf, type EgressAccount } from './account.ts';
import type { Answer, EgressPromise, LedgerEntries, SentEvent, Span, StoredCopy } from './entries.ts';

/** Keeps the books of one scenario while it runs. It reads no clock of its own. */
export class Ledger implements LedgerEntries {
  readonly sent = new Map<string, SentEvent>();
  readonly answers: Answer[] = [];
  readonly faultsAtMs: number[] = [];
  readonly away: Span[] = [];
  stored: ReadonlyMap<string, readonly StoredCopy[]> = new Map();
  readonly #settled = new Map<string, Set<string>>();

  /** An event is about to be posted for the first time. */
  begin(event: SentEvent): void {
    if (this.sent.has(event.id)) throw new Error(`${event.id} is sent twice by the ledger itself`);
    this.sent.set(event.id, event);
  }

  answered(answer: Answer): void {
    this.answers.push(answer);
    if (answer.kind === 'refused') return;
    const settled = this.#settled.get(answer.egress) ?? new Set<string>();
    this.#settled.set(answer.egress, settled.add(answer.id));
  }

  /** How many different events of an egress were delivered or dead-lettered so far. */
  settled(egress: string): number {
    return this.#settled.get(egress)?.size ?? 0;
  }

  /** The events that an egress still owes: wanted, accepted or found in the topic, and neither delivered nor dead-lettered. */
  owed(promise: EgressPromise): readonly string[] {
    const settled = this.#settled.get(promise.name);
    return [...this.sent.values()]
      .filter((event) => event.acceptedAtMs !== undefined || this.stored.has(event.id))
      .filter((event) => settled?.has(event.id) !== true && promise.expects(event) === 'wanted')
      .map(({ id }) => id);
  }

  /** Closes the books. */
  accounts(promises: readonly EgressPromise[], endMs: number): readonly EgressAccount[] {
    return promises.map((promise) => accountOf(promise, this, endMs));
  }
}
