import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';

/**
 * Notices of changes in a set of folders. Each is watched by itself: one watcher for a whole tree stops telling of anything as soon as
 * it meets a link in a circle.
 */
export class FolderWatch implements Disposable {
  readonly #root: string;
  readonly #noticed: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher | undefined }>();

  constructor(root: string, noticed: () => void, failed: (error: unknown) => void) {
    this.#root = root;
    this.#noticed = noticed;
    this.#failed = failed;
  }

  /** Watches these folders, given with what tells each from another of its name, and no others. True: some were not watched before. */
  follow(folders: ReadonlyMap<string, string>): boolean {
    let isNews = false;
    for (const [path, { identity, watcher }] of this.#watchers) {
      if (folders.get(path) === identity) continue;
      watcher?.close();
      this.#watchers.delete(path);
    }
    for (const [path, identity] of folders) {
      if (this.#watchers.has(path)) continue;
      this.#watchers.set(path, { identity, watcher: this.#watch(path) });
      isNews = true;
    }
    return isNews;
  }

  [Symbol.dispose](): void {
    for (const { watcher } of this.#watchers.values()) watcher?.close();
    this.#watchers.clear();
  }

  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(join(this.#root, path), { persistent: false }, this.#noticed);
      watcher.on('error', this.#failed);
      return watcher;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }
}
