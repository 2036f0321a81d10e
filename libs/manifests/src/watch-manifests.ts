import type { Logger } from '@eventing-kafka/logging';
import type { ResourceSource, SourceProblem } from '@eventing-kafka/resources';

/** What to read. */
export interface WatchManifestsOptions {
  /** Folder with `*.yaml` and `*.yml` files, read with its subfolders; hidden ones and `node_modules` are left out. */
  readonly folder: string;
  readonly logger?: Logger;
  /** Called once for each problem that is new. */
  readonly onProblem?: (problem: SourceProblem) => void;
  /** How long changes are gathered, in milliseconds; at most 200. Default 50. */
  readonly debounceMs?: number;
  /** How often the folder is read anew whatever the file system said, in milliseconds. Default 2,000. */
  readonly rescanMs?: number;
  /** Largest file, in bytes. Default 1 MiB. */
  readonly maxFileBytes?: number;
  /** Most files. Default 10,000. */
  readonly maxFiles?: number;
}

/**
 * Reads a folder of manifests and follows its changes until it is disposed.
 *
 * @throws ManifestError when the folder is missing or cannot be read.
 */
export function watchManifests(_options: WatchManifestsOptions): Promise<ResourceSource> {
  return Promise.reject(new Error('not built yet'));
}
