import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The value of a flag of the mounted ConfigMap `config-features`; undefined: neither it nor the folder need be there. */
export async function readFlag(directory: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
