import type { Logger } from '@eventing-kafka/logging';
import { silentLogger } from '@eventing-kafka/logging';
import { problemText } from '@eventing-kafka/resources';
import type { ResourceSource, SourceProblem } from '@eventing-kafka/resources';
import { FolderReader } from './folder-reader.ts';
import { FolderWatch } from './folder-watch.ts';
import { errorCode, errorText } from './manifest-files.ts';

/** What to read. */
export interface WatchManifestsOptions {
  /** Folder with `*.yaml` and `*.yml` files, read with its subfolders; hidden ones and `node_modules` are left out. */
  readonly folder: string;
  readonly logger?: Logger;
  /** Called once for each problem that is new. */
  readonly onProblem?: (problem: SourceProblem) => void;
  /** How long nothing must have moved before changes are read, in milliseconds, 0 to 200. Default 50; after 500 they are read anyway. */
  readonly debounceMs?: number;
  /** How often the folder is read anew whatever the file system said, in milliseconds. Default 2,000. */
  readonly rescanMs?: number;
  /** How long an empty file that was not empty before is taken for one that is being written, in milliseconds. Default 1,000. */
  readonly emptyGraceMs?: number;
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
    emptyGraceMs: options.emptyGraceMs ?? 1_000,
    onProblem: (problem) => {
      logger.warn('manifest has a problem', { severity: problem.severity, problem: problemText(problem) });
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

/** How long notices that never end may put off the reading. */
const maxDelayMs = 500;

interface FolderSourceOptions {
  readonly folder: string;
  readonly logger: Logger;
  readonly debounceMs: number;
  readonly rescanMs: number;
}

class FolderSource implements ResourceSource {
  readonly #reader: FolderReader;
  readonly #options: FolderSourceOptions;
  readonly #watch: FolderWatch;
  #timer: NodeJS.Timeout | undefined;
  #scanning: Promise<void> | undefined;
  /** Since when there are notices that no pass has followed yet. */
  #noticedAtMs: number | undefined;
  #isWarned = false;
  #disposed = false;

  constructor(reader: FolderReader, options: FolderSourceOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#watch = new FolderWatch(
      options.folder,
      () => this.#notice(),
      (error) => this.#warn(error),
    );
    this.#watch.follow(reader.folders);
    // What changed between the reading and the watching is found by a second look.
    this.#notice();
  }

  get: ResourceSource['get'] = (kind, namespace, name) => this.#reader.cache.get(kind, namespace, name);
  list: ResourceSource['list'] = (kind) => this.#reader.cache.list(kind);
  changes: ResourceSource['changes'] = (signal) => this.#reader.cache.changes(signal);
  problems: ResourceSource['problems'] = () => this.#reader.problems();
  readStatus: ResourceSource['readStatus'] = () => undefined;
  /** Nobody looks for a status in a folder. */
  writeStatus: ResourceSource['writeStatus'] = () => Promise.resolve();
  placeOf: NonNullable<ResourceSource['placeOf']> = (key, path) => this.#reader.placeOf(key, path);

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#watch[Symbol.dispose]();
    clearTimeout(this.#timer);
    await this.#scanning;
    this.#reader.cache.end();
  }

  #notice(): void {
    const now = performance.now();
    this.#noticedAtMs ??= now;
    if (this.#scanning !== undefined) return;
    this.#scanAfter(Math.min(this.#options.debounceMs, this.#noticedAtMs + maxDelayMs - now));
  }

  #isNoticed(): boolean {
    return this.#noticedAtMs !== undefined;
  }

  #scanAfter(delayMs: number): void {
    if (this.#disposed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#scanning = this.#scan();
      },
      Math.max(delayMs, 0),
    );
  }

  async #scan(): Promise<void> {
    const { folder, logger, rescanMs } = this.#options;
    this.#noticedAtMs = undefined;
    let againMs: number | undefined;
    try {
      againMs = await this.#reader.scan();
    } catch (error) {
      logger.error('folder of manifests could not be read', { folder, error });
    }
    this.#scanning = undefined;
    if (this.#disposed) return;
    this.#scanAfter(Math.min(againMs ?? rescanMs, rescanMs));
    const isNews = this.#watch.follow(this.#reader.folders);
    if (isNews || this.#isNoticed()) this.#notice();
  }

  /** Without notices (too many watches, a folder on a network) changes are still found, a little later. */
  #warn(error: unknown): void {
    // A folder that is gone is the business of the next pass.
    if (this.#isWarned || errorCode(error) === 'ENOENT') return;
    this.#isWarned = true;
    const { folder, logger, rescanMs } = this.#options;
    logger.warn('folder of manifests is watched by reading it', { folder, rescanMs, reason: errorText(error) });
  }
}
