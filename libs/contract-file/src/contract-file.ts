import { resolve } from 'node:path';
import {
  applyDelta,
  diffContracts,
  emptyContractState,
  isEmptyDelta,
  readContractJson,
  type ApplyContract,
  type ContractState,
  type EgressRuntimeState,
  type ReadContract,
  type RefusedPart,
  type Revision,
} from '@eventing-kafka/contract';
import { ContractApplier } from '@eventing-kafka/contract-applier';
import type { Logger } from '@eventing-kafka/logging';
import { ContractFileError, isContractFileError } from './errors.ts';
import { fileVersion, readFileText } from './file-text.ts';
import { FileWatch } from './file-watch.ts';
import { servableContract, type ServingKind } from './servable-contract.ts';

/** What to read, and who serves it. */
export interface WatchContractFileOptions {
  /** JSON file of a contract; a link is followed anew each time. It may appear later. */
  readonly path: string;
  /** What of the contract is served: a receiver's part, or a dispatcher's. */
  readonly kind: ServingKind;
  /** Takes updates into service; see `ApplyContract`. */
  readonly apply: ApplyContract;
  readonly logger: Logger;
  /** How long nothing must have moved around the file before it is read again, in milliseconds. Default 50. */
  readonly debounceMs?: number;
  /** How often the file is looked at whatever the file system said, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** How long a file that makes no sense is taken for one that is being written, in milliseconds. Default 500. */
  readonly graceMs?: number;
  /** Largest file, in bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** From 0 to below 1, for the jitter between attempts to apply what was refused. */
  readonly random?: () => number;
}

/** A contract that comes from a file; the same to a process as one that a controller pushes. */
export interface ContractFile extends AsyncDisposable {
  /** What is served: the generation the file names, in epoch 0; absent: nothing yet. */
  readonly revision: Revision | undefined;
  /** Whether the file as it lies there is what is served; false: it is missing or makes no sense, and what was served goes on. */
  readonly connected: boolean;
  /** What is not served as the file asks for. */
  readonly refusedParts: readonly RefusedPart[];
  /** Resolves when a contract was applied; rejects when disposed before. */
  readonly firstApplied: Promise<void>;
  /** Nobody listens: without a controller the metrics and the log tell what egresses are doing. */
  report(states: readonly EgressRuntimeState[]): void;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/** Problems of one file that are logged one by one. */
const mostLogged = 100;

/**
 * Serves the contract of a file and follows its changes until disposed. Resolves when the file was read and applied, or was found unusable:
 * then nothing is served, and it is looked for until it is there. A file that stops making sense changes nothing of what is served.
 */
export async function watchContractFile(options: WatchContractFileOptions): Promise<ContractFile> {
  const file = new WatchedContractFile(options);
  await file.start();
  return file;
}

class WatchedContractFile implements ContractFile {
  readonly firstApplied: Promise<void>;
  readonly #path: string;
  readonly #options: WatchContractFileOptions;
  readonly #logger: Logger;
  readonly #applier: ContractApplier;
  readonly #first = Promise.withResolvers<undefined>();
  #watch: FileWatch | undefined;
  /** What was given to be served. */
  #state: ContractState = emptyContractState;
  #revision: Revision | undefined;
  /** Of the last text that could be served. */
  #text: string | undefined;
  #version: string | undefined;
  #unfit: readonly RefusedPart[] = [];
  /** Why the file is not what is served, if so, and since when. */
  #trouble: { readonly sinceMs: number; readonly message: string; told: boolean } | undefined;
  #looking: Promise<void> = Promise.resolve();
  #waiting = false;
  #again: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: WatchContractFileOptions) {
    this.#options = options;
    this.#path = resolve(options.path);
    this.#logger = options.logger.child({ contractFile: this.#path });
    this.firstApplied = this.#first.promise;
    // Whoever does not wait for it must not be ended by its rejection.
    this.firstApplied.catch(() => undefined);
    this.#applier = new ContractApplier({
      apply: options.apply,
      logger: this.#logger,
      random: options.random ?? Math.random,
      answered: () => this.#first.resolve(undefined),
      retried: () => this.#logger.info('parts of the contract tried again', { refused: this.refusedParts.length }),
    });
  }

  get revision(): Revision | undefined {
    return this.#revision;
  }

  get connected(): boolean {
    return this.#text !== undefined && this.#trouble?.told !== true;
  }

  get refusedParts(): readonly RefusedPart[] {
    return [...this.#unfit, ...this.#applier.refusedParts()];
  }

  report(): void {
    // Stands in for the stream to a controller, which would want to know.
  }

  async start(): Promise<void> {
    this.#watch = new FileWatch({
      path: this.#path,
      debounceMs: this.#options.debounceMs ?? 50,
      pollMs: this.#options.pollMs ?? 1_000,
      look: (why) => this.#lookSoon(why),
      failed: (error) => this.#logger.warn('changes of the contract file are found by looking at it', { error }),
    });
    this.#lookSoon('moved');
    await this.#looking;
  }

  /** One look at a time, and one that waits: it sees what is newest. */
  #lookSoon(why: 'moved' | 'tick'): void {
    if (this.#disposed || this.#waiting) return;
    this.#waiting = true;
    this.#looking = this.#looking.then(async () => {
      this.#waiting = false;
      if (this.#disposed || (why === 'tick' && (await this.#isUnchanged()))) return;
      await this.#look();
    });
  }

  async #isUnchanged(): Promise<boolean> {
    return this.#version !== undefined && (await fileVersion(this.#path)) === this.#version;
  }

  async #look(): Promise<void> {
    let text: string;
    let read: ReadContract;
    this.#version = undefined;
    try {
      const found = await readFileText(this.#path, this.#options.maxBytes ?? defaultMaxBytes);
      text = found.text;
      // Compared by what it says: a generation that was forgotten must not hide a change.
      if (text === this.#text) {
        this.#version = found.version;
        this.#mended();
        return;
      }
      read = parsed(this.#path, text);
      this.#version = found.version;
    } catch (error) {
      if (!isContractFileError(error)) throw error;
      this.#troubled(error);
      return;
    }
    this.#text = text;
    this.#mended();
    await this.#serve(read);
  }

  async #serve(read: ReadContract): Promise<void> {
    const { state, problems, refused } = servableContract(read, this.#options.kind, this.#state);
    for (const { path, message } of problems.slice(0, mostLogged)) {
      this.#logger.error('part of the contract refused; what was served of it goes on', { place: path, why: message });
    }
    if (problems.length > mostLogged) {
      this.#logger.error('more of the contract refused', { problems: problems.length - mostLogged });
    }
    const revision = { epoch: 0n, generation: BigInt.asUintN(64, read.contract.generation) };
    const delta = diffContracts(this.#state, state);
    const update = applyDelta(this.#state, delta);
    this.#state = { resources: update.resources, trustBundles: update.trustBundles };
    this.#unfit = refused;
    // The first contract is applied even if it is empty: from then on the process is ready.
    if (this.#revision === undefined || !isEmptyDelta(delta)) await this.#applier.update(revision, update);
    this.#revision = revision;
    this.#logger.info('contract file applied', {
      ...revision,
      resources: update.resources.size,
      changed: update.changedUids.length,
      removed: update.removedUids.length,
      problems: problems.length,
      refused: this.refusedParts.length,
    });
  }

  #troubled(error: ContractFileError): void {
    if (this.#trouble?.message !== error.message) {
      this.#trouble = { sinceMs: this.#trouble?.sinceMs ?? performance.now(), message: error.message, told: false };
    }
    if (this.#trouble.told) return;
    const graceMs = this.#text === undefined ? 0 : (this.#options.graceMs ?? 500);
    const restMs = this.#trouble.sinceMs + graceMs - performance.now();
    if (restMs > 0) {
      // Somebody may be writing it.
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#lookSoon('moved'), Math.min(restMs, 100));
      return;
    }
    this.#trouble.told = true;
    const sentence =
      this.#text === undefined
        ? 'contract file not used; waiting for one'
        : 'contract file not used; what was served goes on';
    this.#logger.error(sentence, { error });
  }

  #mended(): void {
    if (this.#trouble?.told === true) this.#logger.info('contract file is in use again');
    this.#trouble = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#watch?.[Symbol.dispose]();
    clearTimeout(this.#again);
    await this.#looking;
    await this.#applier.close();
    const message = 'The contract file was let go before a contract was applied';
    this.#first.reject(new ContractFileError('CONTRACT_FILE_CLOSED', message));
  }
}

function parsed(path: string, text: string): ReadContract {
  try {
    return readContractJson(text);
  } catch (cause) {
    const why = text.trim() === '' ? 'it is empty' : cause instanceof Error ? cause.message : String(cause);
    throw new ContractFileError('CONTRACT_FILE_INVALID', `The contract file ${path} makes no sense: ${why}`, { cause });
  }
}
