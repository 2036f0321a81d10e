import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ManifestError } from './manifest-error.ts';

/** Deepest subfolder that is read; also what ends a circle of links. */
const maxDepth = 8;

/** A file that may hold manifests. */
export interface ManifestFile {
  /** Relative to the folder, with `/` between names. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Another one says that the content may be another. */
  readonly signature: string;
}

/** What a folder holds. */
export interface FolderListing {
  /** By path, in the order of paths. */
  readonly files: ReadonlyMap<string, ManifestFile>;
  /** Every folder that was looked into, the one itself as `''`, and what tells it from another one of the same name. */
  readonly folders: ReadonlyMap<string, string>;
  /** Subfolders and files that could not be looked at, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Whether there were more files than may be. */
  readonly truncated: boolean;
}

/**
 * All `*.yaml` and `*.yml` files of a folder and its subfolders, without hidden ones and `node_modules`.
 *
 * @throws ManifestError when the folder itself cannot be read.
 */
export async function listManifestFiles(folder: string, maxFiles: number): Promise<FolderListing> {
  const files: ManifestFile[] = [];
  const folders = new Map<string, string>();
  const unreadable = new Map<string, string>();
  let truncated = false;

  const walk = async (subfolder: string, depth: number): Promise<void> => {
    const { dev, ino } = await stat(join(folder, subfolder), { bigint: true });
    const entries = await readdir(join(folder, subfolder));
    folders.set(subfolder, `${dev}:${ino}`);
    for (const name of entries.toSorted()) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = subfolder === '' ? name : `${subfolder}/${name}`;
      try {
        // Follows links: a mounted ConfigMap is nothing but links.
        const facts = await stat(join(folder, path), { bigint: true });
        if (facts.isDirectory() && depth < maxDepth) await walk(path, depth + 1);
        if (!facts.isFile() || !/\.ya?ml$/i.test(name)) continue;
        if (files.length >= maxFiles) {
          truncated = true;
          return;
        }
        files.push({
          path,
          bytes: Number(facts.size),
          modifiedMs: Number(facts.mtimeMs),
          signature: [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(':'),
        });
      } catch (error) {
        // Gone between listing and looking: as if it had never been there.
        if (errorCode(error) !== 'ENOENT') unreadable.set(path, errorText(error));
      }
    }
  };

  try {
    await walk('', 0);
  } catch (error) {
    throw folderError(folder, error);
  }
  return { files: new Map(files.map((file) => [file.path, file])), folders, unreadable, truncated };
}

function folderError(folder: string, error: unknown): ManifestError {
  switch (errorCode(error)) {
    case 'ENOENT':
      return new ManifestError(
        'MANIFEST_FOLDER_MISSING',
        `the folder of manifests ${folder} does not exist; make it, or name another one`,
        { cause: error },
      );
    case 'ENOTDIR':
      return new ManifestError(
        'MANIFEST_FOLDER_NOT_A_FOLDER',
        `${folder} is not a folder; name the folder that holds the manifests`,
        { cause: error },
      );
    default:
      return new ManifestError(
        'MANIFEST_FOLDER_UNREADABLE',
        `the folder of manifests ${folder} cannot be read (${errorText(error)}); give this user the right to read it`,
        { cause: error },
      );
  }
}

/** `ENOENT` and the like; empty if there is none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What an error of the file system says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
