import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A file of a volume. */
export interface VolumeFile {
  readonly content: Buffer;
  readonly mode: number;
}

/** Files by their path in the volume. */
export type VolumeFiles = ReadonlyMap<string, VolumeFile>;

/**
 * Makes a folder hold these files, all at once, the way a kubelet does: the files are in a new folder, `..data` is a link to it that is replaced in one
 * step, and `name` is a link to `..data/name`. A reader sees all of the old content or all of the new.
 */
export async function writeAtomically(folder: string, files: VolumeFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  const link = join(folder, '..data');
  const before = await readlink(link).catch(() => undefined);
  if (before !== undefined && (await holds(join(folder, before), files))) return;

  const next = await mkdtemp(`${folder}/..`);
  for (const [path, { content, mode }] of files) {
    await mkdir(dirname(join(next, path)), { recursive: true });
    await writeFile(join(next, path), content, { mode });
  }
  await symlink(basename(next), `${link}_new`);
  await rename(`${link}_new`, link);

  const tops = new Set([...files.keys()].map((path) => path.split('/', 1)[0] ?? path));
  const present = new Set((await readdir(folder)).filter((name) => !name.startsWith('..')));
  for (const top of tops) if (!present.has(top)) await symlink(join('..data', top), join(folder, top));
  for (const name of present) if (!tops.has(name)) await rm(join(folder, name));
  if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true });
}

async function holds(folder: string, files: VolumeFiles): Promise<boolean> {
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  if (present.filter((entry) => entry.isFile()).length !== files.size) return false;
  for (const [path, { content }] of files) {
    const found = await readFile(join(folder, path)).catch(() => undefined);
    if (found?.equals(content) !== true) return false;
  }
  return true;
}
