import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the package.json that is nearest above a file; undefined when there is none. */
export function programVersion(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const version = versionIn(join(folder, 'package.json'));
    if (version !== undefined || folder === dirname(folder)) return version;
  }
}

function versionIn(packageFile: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(packageFile, 'utf8'));
    if (typeof content !== 'object' || content === null || !('version' in content)) return undefined;
    return typeof content.version === 'string' ? content.version : undefined;
  } catch {
    // No such file, or not a package.json of ours: look further up.
    return undefined;
  }
}
