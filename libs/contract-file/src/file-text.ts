import { open, stat } from 'node:fs/promises';
import { ContractFileError } from './errors.ts';

/** What a file held at one time. */
export interface FileText {
  readonly text: string;
  /** Another one of the same path means that the file may hold something else. Undefined: too fresh to tell anything. */
  readonly version: string | undefined;
}

/** Two writes within one step of the file system's clock leave the same time behind. */
const freshMs = 2_000n;

/**
 * What a file holds, followed through links.
 *
 * @throws ContractFileError `CONTRACT_FILE_UNREADABLE` or `CONTRACT_FILE_TOO_LARGE`
 */
export async function readFileText(path: string, maxBytes: number): Promise<FileText> {
  try {
    await using file = await open(path, 'r');
    const seen = await file.stat({ bigint: true });
    if (!seen.isFile()) throw unreadable(path, 'is no file');
    if (seen.size > BigInt(maxBytes)) {
      throw new ContractFileError(
        'CONTRACT_FILE_TOO_LARGE',
        `The contract file ${path} has ${seen.size} bytes; at most ${maxBytes} are read`,
      );
    }
    const text = await file.readFile('utf8');
    const isFresh = BigInt(Date.now()) - seen.mtimeMs < freshMs;
    return { text, version: isFresh ? undefined : versionOf(seen) };
  } catch (cause) {
    if (cause instanceof ContractFileError) throw cause;
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The version of the file as it lies there; undefined when it is not there. */
export async function fileVersion(path: string): Promise<string | undefined> {
  try {
    return versionOf(await stat(path, { bigint: true }));
  } catch {
    // Reading it will say why.
    return undefined;
  }
}

function versionOf(seen: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return [seen.dev, seen.ino, seen.size, seen.mtimeNs, seen.ctimeNs].join(':');
}

function unreadable(path: string, why: string, cause?: unknown): ContractFileError {
  return new ContractFileError(
    'CONTRACT_FILE_UNREADABLE',
    `The contract file ${path} cannot be read (${why}); put a JSON file there that this process may read`,
    { cause },
  );
}
