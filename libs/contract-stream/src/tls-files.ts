import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { TlsMaterial, TlsMaterialSource } from '@eventing-kafka/certificates';
import { ContractStreamError } from './errors.ts';

/** Where the parts of mutual TLS are: files in PEM. */
export type TlsFiles = Readonly<Record<keyof TlsMaterial, string>>;

/** Events come in bursts, and in the middle of a change only some of the files are new. */
const settleMs = 100;
/** Some file systems tell nothing. */
const pollMs = 60_000;

/**
 * Reads certificates from files, and reads them again when they change while somebody watches: within a moment where the system tells of
 * changes, also when a folder is replaced as a whole as Kubernetes does with a mounted Secret, else within a minute.
 *
 * @param nameOf what to call a file in an error; its path follows
 * @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY`: a file is missing or cannot be read
 */
export async function readTlsFiles(
  files: TlsFiles,
  nameOf: (part: keyof TlsMaterial) => string = (part) => `The file of "${part}"`,
): Promise<TlsMaterialSource> {
  const read = async (): Promise<TlsMaterial> => {
    // One after the other, so that the first that is missing is the one that is told.
    const ca = await readPem(nameOf('ca'), files.ca);
    const cert = await readPem(nameOf('cert'), files.cert);
    const key = await readPem(nameOf('key'), files.key);
    return { ca, cert, key };
  };
  return new FileMaterial(await read(), read, new Set(Object.values(files).map(dirname)));
}

class FileMaterial implements TlsMaterialSource {
  #current: TlsMaterial;
  readonly #read: () => Promise<TlsMaterial>;
  readonly #folders: ReadonlySet<string>;
  readonly #watchers = new Set<FileWatch>();

  constructor(current: TlsMaterial, read: () => Promise<TlsMaterial>, folders: ReadonlySet<string>) {
    this.#current = current;
    this.#read = read;
    this.#folders = folders;
  }

  get current(): TlsMaterial {
    return this.#current;
  }

  watch(changed: () => void, failed: (error: unknown) => void = () => undefined): () => void {
    const look = async (): Promise<void> => {
      const material = await this.#read();
      if (isDeepStrictEqual(material, this.#current)) return;
      this.#current = material;
      for (const watcher of [...this.#watchers]) watcher.changed();
    };
    const watcher = new FileWatch(this.#folders, look, changed, failed);
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      watcher.stop();
    };
  }
}

/** Looks whenever a folder changed, and every minute; one look at a time. Keeps no process alive. */
class FileWatch {
  readonly changed: () => void;
  readonly #look: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #folders: readonly FSWatcher[];
  #stopped = false;
  #looking = false;
  /** Something changed while it looked. */
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    folders: ReadonlySet<string>,
    look: () => Promise<void>,
    changed: () => void,
    failed: (error: unknown) => void,
  ) {
    this.changed = changed;
    this.#look = look;
    this.#failed = failed;
    this.#folders = [...folders].flatMap((folder) => this.#watchFolder(folder));
    // What changed since the files were read for the first time.
    this.#lookIn(settleMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const folder of this.#folders) folder.close();
  }

  #watchFolder(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookIn(settleMs));
      watcher.on('error', this.#failed);
      return [watcher];
    } catch (error) {
      this.#failed(error);
      return [];
    }
  }

  #lookIn(ms: number): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#lookNow(), ms).unref();
  }

  async #lookNow(): Promise<void> {
    this.#looking = true;
    try {
      await this.#look();
    } catch (error) {
      if (!this.#stopped) this.#failed(error);
    }
    this.#looking = false;
    const nextMs = this.#again ? settleMs : pollMs;
    this.#again = false;
    this.#lookIn(nextMs);
  }
}

async function readPem(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const why = missing
      ? 'does not exist'
      : `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      `${name} names ${file}, which ${why}; name a PEM file that this process may read`,
      { cause },
    );
  }
}
