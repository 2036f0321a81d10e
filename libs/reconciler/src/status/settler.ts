import type { Revision } from '@eventing-kafka/contract';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import type { Logger } from '@eventing-kafka/logging';
import type { PublishOutcome, ServedKey } from '@eventing-kafka/resources';
import type { ContractAssembler } from '../contract/contract-assembly.ts';
import type { DataPlaneWatch } from '../contract/data-plane-watch.ts';
import type { Entries, Entry } from '../entries.ts';
import type { Removals } from '../removal/removals.ts';
import type { StatusKeeper } from './status-keeper.ts';

/** How much longer than a round took to wait before the next one: with many objects most of the time is for other work. */
const restFactor = 3;

/** How many times as long as one that has not come back a process may take that is back and has not answered. */
const graceFactor = 6;

/** What settling works with. */
export interface SettlerOptions {
  readonly contractServer: Pick<ContractServer, 'publish' | 'revision'>;
  readonly logger: Logger;
  readonly entries: Entries;
  readonly assembler: ContractAssembler;
  readonly statuses: StatusKeeper;
  readonly removals: Removals;
  readonly dataPlane: DataPlaneWatch;
  /** Whether there is a list of processes to wait for after the start. */
  readonly hasRoster: boolean;
  /** How long processes may take to come back after the start before what an earlier controller said of objects is put right. */
  readonly graceMs: number;
  /** Whether enough is known for the first contract. */
  readonly isComplete: () => boolean;
  /** A contract went out: these can go on. */
  readonly wake: (key: ServedKey) => void;
}

/**
 * From entries to what the world sees: the contract goes out first, then statuses are derived, so that none speaks of a plan that is not
 * out yet. Looks only at what changed: a changed Trigger among thousands costs what its Broker's part of the contract costs.
 *
 * What an earlier controller said of an object stands until the contract is out and the processes had the chance to answer: a restart of
 * the controller is nothing that users should see.
 */
export class Settler implements Disposable {
  readonly #options: SettlerOptions;
  readonly #dirty = new Set<Entry>();
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #restUntil = 0;
  #hasPublished = false;
  #hasStarted = false;
  /** Why the last contract was refused as a whole. */
  #refused: PublishOutcome | undefined;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Whether a contract of this controller is out, or all is known that goes into it. */
  get mayPublish(): boolean {
    return this.#hasPublished || this.#options.isComplete();
  }

  /** Of the contract that is out. */
  get revision(): Revision | undefined {
    return this.#options.contractServer.revision;
  }

  /** Something is new about an object. */
  changed(entry: Entry): void {
    this.#dirty.add(entry);
    this.soon();
  }

  /** The object is gone. */
  forget(entry: Entry): void {
    this.#dirty.delete(entry);
    this.#options.statuses.forget(entry);
    this.soon();
  }

  /** Something is new about the data plane. */
  dataPlaneChanged(): void {
    const { entries, statuses, dataPlane } = this.#options;
    for (const entry of dataPlane.isOther() ? entries.all() : statuses.awaiting) this.#dirty.add(entry);
    if (!this.#hasStarted && this.#hasPublished && dataPlane.hasAnswered()) this.#start();
    this.soon();
  }

  /** Settles once there is time. */
  soon(): void {
    if (this.#isOver) return;
    this.#timer ??= setTimeout(() => this.#settle(), Math.max(0, this.#restUntil - performance.now()));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
  }

  #settle(): void {
    this.#timer = undefined;
    const { assembler, statuses, entries } = this.#options;
    const begun = performance.now();
    if (assembler.isDirty && this.mayPublish) this.#publish();
    const now: Entry[] = [];
    for (const entry of this.#dirty) {
      if (this.#stands(entry)) continue;
      this.#dirty.delete(entry);
      now.push(entry);
    }
    statuses.refresh(now, entries);
    const ended = performance.now();
    this.#restUntil = ended + restFactor * (ended - begun);
  }

  /** What an earlier controller said of it still holds by all we know. */
  #stands({ left, generation }: Entry): boolean {
    if (left === undefined || this.#hasStarted) return false;
    return !this.#hasPublished || left.observedGeneration === generation;
  }

  #publish(): void {
    const { contractServer, logger, assembler, entries, removals, wake } = this.#options;
    const { state, outcomes } = assembler.assemble();
    for (const [text, outcome] of outcomes) {
      const entry = entries.byText(text);
      if (entry === undefined || entry.publish === outcome) continue;
      entry.publish = outcome;
      this.#dirty.add(entry);
    }
    try {
      const revision = contractServer.publish(state);
      this.#restore(undefined);
      for (const key of removals.published(revision)) wake(key);
      if (!this.#hasPublished) this.#published();
    } catch (error) {
      logger.error('contract could not be published', { error });
      const message = error instanceof Error ? error.message : String(error);
      this.#restore({ kind: 'failed', reason: 'ContractRefused', message });
    }
  }

  /** Whether the contract as a whole was taken, for all that is in it. */
  #restore(refused: PublishOutcome | undefined): void {
    const before = this.#refused;
    this.#refused = refused;
    if (before === undefined && refused === undefined) return;
    for (const entry of this.#options.entries.all()) {
      if (refused !== undefined && entry.publish?.kind === 'published') entry.publish = refused;
      else if (entry.publish === before) entry.publish = refused ?? { kind: 'published' };
      else continue;
      this.#dirty.add(entry);
    }
  }

  #published(): void {
    this.#hasPublished = true;
    const { hasRoster, graceMs, dataPlane } = this.#options;
    if (!hasRoster || dataPlane.hasAnswered()) this.#start();
    else this.#startAfter(graceMs, graceFactor);
  }

  /** Who is connected and busy taking a large contract is about to answer: there is no hurry to say that it serves nothing. */
  #startAfter(graceMs: number, rounds: number): void {
    this.#grace = setTimeout(() => {
      if (rounds > 1 && this.#options.dataPlane.isAnswering()) this.#startAfter(graceMs, rounds - 1);
      else this.#start();
    }, graceMs);
  }

  /** From now on only what is known now counts. */
  #start(): void {
    clearTimeout(this.#grace);
    this.#hasStarted = true;
    for (const entry of this.#options.entries.all()) this.#dirty.add(entry);
    this.soon();
  }
}
