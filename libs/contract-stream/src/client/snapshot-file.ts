import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Contract, contractState, type ContractState, type Resource } from '@eventing-kafka/contract';
import { ContractStreamError } from '../errors.ts';
import type { ProcessIdentity } from '../subscription-api.ts';
import type { HeldContract } from './push-reader.ts';

/** Raised when a file of an older version can no longer be read. */
const formatVersion = 1;
const formatName = 'eventing-kafka contract snapshot';
const checksumBytes = 32;
/** So many resources are encoded without letting anything else run. */
const resourcesPerTurn = 128;

/** Whose snapshot it is: a file of a process that serves something else is of no use. */
export type SnapshotOwner = Pick<ProcessIdentity, 'kind' | 'namespace' | 'resourceKinds'>;

interface Header extends SnapshotOwner {
  readonly format: string;
  readonly version: number;
  readonly epoch: string;
  readonly generation: string;
}

/**
 * Writes a contract so that a reader finds the old file or the new one and nothing in between: to a temporary file, flushed to
 * the disk, then renamed. Mode 0600.
 *
 * Layout: a line of JSON (format, version, owner, revision), the contract message, and the SHA-256 of all before it.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_SNAPSHOT_FILE`
 */
export async function writeSnapshotFile(file: string, owner: SnapshotOwner, contract: HeldContract): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await using handle = await open(temporary, 'w', 0o600);
    // One that was left behind by a process that was killed keeps the mode it has.
    await handle.chmod(0o600);
    await writeContents(handle, owner, contract);
    await handle.sync();
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    const remedy = 'give a file in a folder this process may write to, or none';
    throw new ContractStreamError(
      'CONTRACT_STREAM_SNAPSHOT_FILE',
      `The snapshot ${file} cannot be written (${messageOf(cause)}); ${remedy}`,
      { cause },
    );
  }
}

async function writeContents(
  handle: FileHandle,
  { kind, namespace, resourceKinds = [] }: SnapshotOwner,
  { revision, state }: HeldContract,
): Promise<void> {
  const hash = createHash('sha256');
  const header: Header = {
    format: formatName,
    version: formatVersion,
    kind,
    namespace,
    resourceKinds,
    epoch: revision.epoch.toString(),
    generation: revision.generation.toString(),
  };
  await append(handle, hash, Buffer.from(`${JSON.stringify(header)}\n`));
  // Messages written one after the other read as one message with all their resources.
  const first = { generation: revision.generation, resources: [], trustBundles: [...state.trustBundles] };
  await append(handle, hash, Contract.encode(first).finish());
  let resources: Resource[] = [];
  const flush = async (): Promise<void> => {
    await append(handle, hash, Contract.encode({ generation: 0n, resources, trustBundles: [] }).finish());
    resources = [];
    await nextTurn();
  };
  for (const resource of state.resources.values()) {
    resources.push(resource);
    if (resources.length === resourcesPerTurn) await flush();
  }
  await flush();
  await handle.appendFile(hash.digest());
}

async function append(handle: FileHandle, hash: Hash, bytes: Uint8Array): Promise<void> {
  hash.update(bytes);
  await handle.appendFile(bytes);
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/**
 * Reads what `writeSnapshotFile` wrote; absent when there is no file.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_SNAPSHOT_FILE` when it is damaged, of another version or somebody else's
 */
export async function readSnapshotFile(file: string, owner: SnapshotOwner): Promise<HeldContract | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unusable(file, messageOf(cause), cause);
  }
  const contents = bytes.subarray(0, Math.max(0, bytes.length - checksumBytes));
  const checksum = createHash('sha256').update(contents).digest();
  if (!checksum.equals(bytes.subarray(contents.length))) throw unusable(file, 'its checksum is wrong, it is damaged');
  return parse(file, owner, contents);
}

function parse(file: string, owner: SnapshotOwner, contents: Buffer): HeldContract {
  const headerEnd = contents.indexOf('\n');
  let header: Partial<Header>;
  let state: ContractState;
  try {
    header = JSON.parse(contents.toString('utf8', 0, headerEnd)) as Partial<Header>;
  } catch (cause) {
    throw unusable(file, 'its first line is no JSON', cause);
  }
  if (header.format !== formatName || header.version !== formatVersion) {
    throw unusable(
      file,
      `it is of format ${String(header.format)}, version ${String(header.version)}; expected ${formatName}, version ${formatVersion}`,
    );
  }
  const [found, expected] = [ownerKey(header), ownerKey(owner)];
  if (found !== expected) throw unusable(file, `it belongs to ${found}; expected ${expected}`);
  try {
    state = contractState(Contract.decode(contents.subarray(headerEnd + 1)));
    return { revision: { epoch: BigInt(header.epoch ?? ''), generation: BigInt(header.generation ?? '') }, state };
  } catch (cause) {
    throw unusable(file, messageOf(cause), cause);
  }
}

/** What a process serves, in words that are the same for the same. A file of a version before there were kinds is of all kinds. */
function ownerKey({ kind, namespace, resourceKinds = [] }: Partial<SnapshotOwner>): string {
  const kinds = resourceKinds.length === 0 ? 'all kinds' : [...new Set(resourceKinds)].sort().join(', ');
  return `a ${String(kind)} of namespace "${String(namespace)}" for ${kinds}`;
}

function unusable(file: string, why: string, cause?: unknown): ContractStreamError {
  return new ContractStreamError(
    'CONTRACT_STREAM_SNAPSHOT_FILE',
    `The snapshot ${file} is not used: ${why}; it is written anew with the next contract`,
    { cause },
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
