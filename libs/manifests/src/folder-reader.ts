import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceCache, keyText, problemText } from '@eventing-kafka/resources';
import type { ResourceKey, SourceProblem, ValuePath } from '@eventing-kafka/resources';
import { decodeText, keptObjects, noObjects, readFileObjects } from './file-objects.ts';
import type { FileObjects } from './file-objects.ts';
import { errorCode, errorText, listManifestFiles } from './manifest-files.ts';
import type { FolderListing, ManifestFile } from './manifest-files.ts';
import { isManifestError } from './manifest-error.ts';
import { ManifestObjects } from './manifest-objects.ts';

/** What a reader reads. */
export interface FolderReaderOptions {
  readonly folder: string;
  readonly maxFileBytes: number;
  readonly maxFiles: number;
  /** How long an empty file is taken for one that is being written, in milliseconds. */
  readonly emptyGraceMs: number;
  readonly onProblem: (problem: SourceProblem) => void;
}

interface KnownFile {
  readonly signature: string;
  readonly content: FileObjects;
}

/** How long a file must have been left alone before it is believed: an editor empties it first, then writes. */
const quietMs = 20;
/** How often in a row a changing file, or one that went away, is left for the next pass. */
const maxPostponed = 5;
/** How soon to look again at files that are being written, in milliseconds. */
const settleMs = 25;
/** How soon to look again at files that are empty, in milliseconds. */
const emptyAgainMs = 100;

/** Reads a folder, pass by pass. Knows no timers: somebody else says when. */
export class FolderReader {
  readonly #options: FolderReaderOptions;
  /** What is served now. */
  readonly cache = new ResourceCache();
  readonly #objects = new ManifestObjects();
  #files: ReadonlyMap<string, KnownFile> = new Map();
  #problems: readonly SourceProblem[] = [];
  /** Of the last pass that saw the folder. */
  #problemsOfFiles: readonly SourceProblem[] = [];
  #folders: ReadonlyMap<string, string> = new Map();
  /** Since when files are empty that were not. */
  readonly #emptySinceMs = new Map<string, number>();
  readonly #postponed = new Map<string, number>();

  constructor(options: FolderReaderOptions) {
    this.#options = options;
  }

  /** The first pass: believes what it sees. @throws ManifestError when the folder cannot be read. */
  async start(): Promise<void> {
    await this.#take(await this.#list(), (file) => file.content === undefined);
  }

  /**
   * Another pass. Gives in how many milliseconds to look again, when something is being written. A folder that went away is a problem,
   * and what it held goes on.
   */
  async scan(): Promise<number | undefined> {
    let listing: FolderListing;
    try {
      listing = await this.#list();
    } catch (error) {
      if (!isManifestError(error)) throw error;
      const message = `${error.message}; what it held goes on`;
      this.#report([...this.#problemsOfFiles, { severity: 'error', message, expected: '' }], []);
      return undefined;
    }
    const now = Date.now();
    let againMs: number | undefined;
    const postpone = (path: string): boolean => {
      const count = (this.#postponed.get(path) ?? 0) + 1;
      if (count > maxPostponed) return false;
      this.#postponed.set(path, count);
      againMs = settleMs;
      return true;
    };
    const files = new Map(listing.files);
    for (const [path, file] of files) {
      const isQuiet =
        this.#files.get(path)?.signature === file.signature ||
        now - file.modifiedMs >= quietMs ||
        file.modifiedMs > now;
      if (isQuiet || !postpone(path)) this.#postponed.delete(path);
    }
    const mayBeWritten = this.#emptied(listing, now);
    if (mayBeWritten.size > 0) againMs ??= emptyAgainMs;
    const gone = [...this.#files.keys()].filter((path) => !files.has(path) && !isUnreadable(path, listing));
    const kept = gone.filter((path) => (this.#postponed.get(path) ?? 0) < 1 && postpone(path));
    for (const path of gone) if (!kept.includes(path)) this.#postponed.delete(path);
    await this.#take(
      listing,
      ({ path, content }) => content === undefined && !this.#postponed.has(path) && !mayBeWritten.has(path),
      kept,
    );
    return againMs;
  }

  /** As {@link ResourceSource.problems}. */
  problems(): readonly SourceProblem[] {
    return this.#problems;
  }

  /** As {@link ResourceSource.placeOf}. */
  placeOf(key: ResourceKey, path: ValuePath): string | undefined {
    return this.#objects.placeOf(keyText(key), path);
  }

  /** Files that gave objects and are empty since a moment: many programs empty a file first, then write it. */
  #emptied({ files }: FolderListing, now: number): ReadonlySet<string> {
    const found = new Set<string>();
    for (const [path, file] of files) {
      const hadObjects = (this.#files.get(path)?.content.objects.length ?? 0) > 0;
      if (file.bytes > 0 || !hadObjects) continue;
      const since = this.#emptySinceMs.get(path) ?? now;
      this.#emptySinceMs.set(path, since);
      if (now - since < this.#options.emptyGraceMs) found.add(path);
    }
    for (const path of this.#emptySinceMs.keys()) if (!found.has(path)) this.#emptySinceMs.delete(path);
    return found;
  }

  /** The folders that the last pass looked into; see {@link FolderListing.folders}. */
  get folders(): ReadonlyMap<string, string> {
    return this.#folders;
  }

  async #list(): Promise<FolderListing> {
    const listing = await listManifestFiles(this.#options.folder, this.#options.maxFiles);
    this.#folders = listing.folders;
    return listing;
  }

  /** Reads the files that `isWanted` says, keeps the others as they were, and works out what that changes. */
  async #take(
    listing: FolderListing,
    isWanted: (file: { path: string; content: FileObjects | undefined }) => boolean,
    keptThoughGone: readonly string[] = [],
  ): Promise<void> {
    const files = new Map<string, KnownFile>();
    // What lies in a folder that cannot be read stays as well.
    const unseen = [...this.#files.keys()].filter((path) => isUnreadable(path, listing));
    const paths = new Set([...listing.files.keys(), ...listing.unreadable.keys(), ...unseen, ...keptThoughGone]);
    for (const path of [...paths].toSorted()) {
      const before = this.#files.get(path);
      const file = listing.files.get(path);
      if (file === undefined) {
        const reason = listing.unreadable.get(path);
        const content = reason === undefined ? before?.content : unreadable(path, reason, before?.content);
        if (content !== undefined) files.set(path, { signature: '', content });
        continue;
      }
      const unchanged = before?.signature === file.signature ? before.content : undefined;
      if (isWanted({ path, content: unchanged }))
        files.set(path, { signature: file.signature, content: await this.#read(file, before?.content ?? noObjects) });
      else if (before !== undefined) files.set(path, before);
    }
    const contents = new Map([...files].map(([path, { content }]) => [path, content]));
    const { changed, problems, superseded } = this.#objects.update(contents);
    for (const [path, { signature, content }] of superseded.size > 0 ? [...files] : []) {
      const objects = content.objects.filter((placed) => !superseded.has(placed));
      files.set(path, { signature, content: { ...content, objects } });
    }
    this.#files = files;
    const all = [...contents.values()].flatMap((content) => content.problems).concat(problems);
    if (listing.truncated) {
      all.push({
        severity: 'error',
        message: `the folder holds more than ${this.#options.maxFiles} manifests; the others are not read`,
        expected: 'fewer files, or a higher limit',
      });
    }
    this.#problemsOfFiles = all;
    this.#report(all, changed);
  }

  async #read(file: ManifestFile, before: FileObjects): Promise<FileObjects> {
    const { folder, maxFileBytes } = this.#options;
    if (file.bytes > maxFileBytes) {
      return keptObjects(before, [
        {
          severity: 'error',
          file: file.path,
          message: `has ${file.bytes} bytes and is not read`,
          expected: `at most ${maxFileBytes}`,
        },
      ]);
    }
    try {
      const bytes = await readFile(join(folder, file.path));
      // Emptied since it was listed: the next pass sees that.
      if (bytes.length === 0 && file.bytes > 0) return before;
      const text = decodeText(bytes);
      if (text !== undefined) return readFileObjects(file.path, text, before);
      const message = `is not UTF-8 text${before.objects.length > 0 ? '; what this file said before goes on' : ''}`;
      const expected = 'YAML, saved as UTF-8';
      return keptObjects(before, [{ severity: 'error', file: file.path, message, expected }]);
    } catch (error) {
      // Gone since it was listed: the next pass sees that.
      if (errorCode(error) === 'ENOENT') return before;
      return unreadable(file.path, errorText(error), before);
    }
  }

  #report(problems: readonly SourceProblem[], changed: readonly ResourceKey[]): void {
    const known = new Set(this.#problems.map(problemText));
    const news = problems.filter((problem) => !known.has(problemText(problem)));
    const isSame = news.length === 0 && problems.length === this.#problems.length;
    if (!isSame) this.#problems = problems;
    for (const problem of news) this.#options.onProblem(problem);
    if (changed.length > 0 || !isSame) this.cache.update(changed.map((key) => [key, this.#objects.get(keyText(key))]));
  }
}

function isUnreadable(path: string, { unreadable: paths }: FolderListing): boolean {
  return [...paths.keys()].some((unseen) => path === unseen || path.startsWith(`${unseen}/`));
}

function unreadable(path: string, reason: string, before: FileObjects | undefined): FileObjects {
  const problem: SourceProblem = {
    severity: 'error',
    file: path,
    message: `cannot be read: ${reason}`,
    expected: 'a file that this user may read',
  };
  return keptObjects(before ?? noObjects, [problem]);
}
