import { compareRevisions } from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import { delay } from '../delay.ts';
import { Wakeup } from '../wakeup.ts';
import type { HeldContract } from './push-reader.ts';
import { writeSnapshotFile, type SnapshotOwner } from './snapshot-file.ts';

/** A first change is on disk after this long; what comes meanwhile goes along. */
const shortestDelayMs = 1_000;
/** However large the contract is, a change is on disk after about this long. */
const longestDelayMs = 60_000;
/** The time between two writes is at least this many times what a write took. */
const restPerWrite = 50;

/**
 * Keeps the newest contract on disk, writing seldom: changes that follow each other closely are written once, and a contract that takes
 * long to write is written less often.
 */
export class SnapshotKeeper implements AsyncDisposable {
  readonly #file: string;
  readonly #owner: SnapshotOwner;
  readonly #logger: Logger;
  readonly #wakeup = new Wakeup();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #newest: HeldContract | undefined;
  #onDisk: HeldContract | undefined;

  constructor(file: string, owner: SnapshotOwner, logger: Logger) {
    this.#file = file;
    this.#owner = owner;
    this.#logger = logger;
    this.#running = this.#run(this.#closing.signal);
  }

  /** Tells what is on disk already. */
  found(contract: HeldContract): void {
    this.#onDisk = contract;
  }

  /** Has `contract` written, unless a newer one comes first or it is there already. */
  keep(contract: HeldContract): void {
    if (this.#onDisk !== undefined && isSame(this.#onDisk, contract)) return;
    this.#newest = contract;
    this.#wakeup.notify();
  }

  async #run(closing: AbortSignal): Promise<void> {
    let delayMs = shortestDelayMs;
    while (!closing.aborted) {
      await this.#wakeup.wait(closing);
      await delay(delayMs, closing);
      const tookMs = await this.#write();
      delayMs = Math.min(longestDelayMs, Math.max(shortestDelayMs, restPerWrite * tookMs));
    }
  }

  async #write(): Promise<number> {
    const contract = this.#newest;
    if (contract === undefined) return 0;
    this.#newest = undefined;
    const startMs = performance.now();
    try {
      await writeSnapshotFile(this.#file, this.#owner, contract);
      this.#onDisk = contract;
    } catch (error) {
      this.#logger.warn('contract snapshot not written', { file: this.#file, error });
    }
    return performance.now() - startMs;
  }

  /** Writes what is not on disk yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.#write();
  }
}

function isSame(a: HeldContract, b: HeldContract): boolean {
  return (
    compareRevisions(a.revision, b.revision) === 0 &&
    a.state.resources === b.state.resources &&
    a.state.trustBundles === b.state.trustBundles
  );
}
