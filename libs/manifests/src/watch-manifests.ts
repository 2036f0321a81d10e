import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Logger } from '@eventing-kafka/logging';
import { silentLogger } from '@eventing-kafka/logging';
import type { ResourceSource, SourceProblem } from '@eventing-kafka/resources';
import { FolderReader } from './folder-reader.ts';
import { errorText } from './manifest-files.ts';

/** What to read. */
export interface WatchManifestsOptions {
  /** Folder with `*.yaml` and `*.yml` files, read with its subfolders; hidden ones and `node_modules` are left out. */
  readonly folder: string;
  readonly logger?: Logger;
  /** Called once for each problem that is new. */
  readonly onProblem?: (problem: SourceProblem) => void;
  /** How long changes are gathered, in milliseconds, 0 to 200. Default 50. */
  readonly debounceMs?: number;
  /** How often the folder is read anew whatever the file system said, in milliseconds. Default 2,000. */
  readonly rescanMs?: number;
  /** Largest file, in bytes. Default 1 MiB. */
  readonly maxFileBytes?: number;
  /** Most files. Default 10,000. */
  readonly maxFiles?: number;
}

/**
 * Reads a folder of manifests and follows its changes until it is disposed. The file system's own notices make it quick;
 * reading the folder anew now and then makes it certain.
 *
 * @throws ManifestError when the folder is missing or cannot be read.
 */
export async function watchManifests(options: WatchManifestsOptions): Promise<ResourceSource> {
  const { logger = silentLogger, debounceMs = 50, rescanMs = 2_000 } = options;
  const reader = new FolderReader({
    folder: options.folder,
    maxFileBytes: options.maxFileBytes ?? 1_048_576,
    maxFiles: options.maxFiles ?? 10_000,
    onProblem: (problem) => {
      logger.warn('manifest problem', { ...problem });
      options.onProblem?.(problem);
    },
  });
  await reader.start();
  return new FolderSource(reader, {
    folder: options.folder,
    logger,
    debounceMs: Math.min(Math.max(debounceMs, 0), 200),
    rescanMs,
  });
}

/** How soon to look again at files that are being written. */
const settleMs = 25;

class FolderSource implements ResourceSource {
  readonly #reader: FolderReader;
  readonly #options: { folder: string; logger: Logger; debounceMs: number; rescanMs: number };
  readonly #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> | undefined;
  #scanAgain = false;
  #disposed = false;

  constructor(reader: FolderReader, options: { folder: string; logger: Logger; debounceMs: number; rescanMs: number }) {
    this.#reader = reader;
    this.#options = options;
    this.#watcher = this.#watch();
    this.#scanAfter(options.rescanMs);
  }

  get: ResourceSource['get'] = (kind, namespace, name) => this.#reader.cache.get(kind, namespace, name);
  list: ResourceSource['list'] = (kind) => this.#reader.cache.list(kind);
  changes: ResourceSource['changes'] = (signal) => this.#reader.cache.changes(signal);
  problems: ResourceSource['problems'] = () => this.#reader.problems();
  readStatus: ResourceSource['readStatus'] = () => undefined;
  /** Nobody looks for a status in a folder. */
  writeStatus: ResourceSource['writeStatus'] = () => Promise.resolve();

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#watcher?.close();
    clearTimeout(this.#timer);
    await this.#scanning;
    this.#reader.cache.end();
  }

  #watch(): FSWatcher | undefined {
    const { folder, logger, debounceMs, rescanMs } = this.#options;
    try {
      const watcher = watch(folder, { recursive: true, persistent: false }, () => this.#scanAfter(debounceMs));
      // Without notices (too many watches, a folder on a network) changes are still found, a little later.
      watcher.on('error', (error) =>
        logger.warn('folder of manifests is watched by reading it', { folder, rescanMs, reason: errorText(error) }),
      );
      return watcher;
    } catch (error) {
      logger.warn('folder of manifests is watched by reading it', { folder, rescanMs, reason: errorText(error) });
      return undefined;
    }
  }

  #scanAfter(delayMs: number): void {
    if (this.#disposed) return;
    if (this.#scanning !== undefined) {
      this.#scanAgain = delayMs < this.#options.rescanMs || this.#scanAgain;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#scanning = this.#scan();
    }, delayMs);
  }

  async #scan(): Promise<void> {
    let settled = true;
    try {
      settled = await this.#reader.scan();
    } catch (error) {
      this.#options.logger.error('folder of manifests could not be read', { folder: this.#options.folder, error });
    }
    const again = this.#scanAgain;
    this.#scanAgain = false;
    this.#scanning = undefined;
    this.#scanAfter(!settled ? settleMs : again ? this.#options.debounceMs : this.#options.rescanMs);
  }
}
