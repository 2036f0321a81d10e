import { isDeepStrictEqual } from 'node:util';
import { keyOf, keyText } from '@eventing-kafka/resources';
import type { ManifestResource, ResourceKey, SourceProblem } from '@eventing-kafka/resources';
import type { FileObjects, PlacedObject } from './file-objects.ts';

/** An object that is served, and the file that holds it. */
interface Entry {
  readonly key: ResourceKey;
  readonly object: ManifestResource;
  readonly digest: string;
  readonly file: string;
  readonly line: number;
}

/**
 * The objects of all files together: each key once, each uid once. What is served already keeps its place against a
 * newcomer; among newcomers the first in the order of files and lines wins.
 */
export class ManifestObjects {
  #entries: ReadonlyMap<string, Entry> = new Map();
  /** Of objects that went away too, so that a generation never comes twice. */
  readonly #generations = new Map<string, number>();

  /** The object of this key text. */
  get(key: string): ManifestResource | undefined {
    return this.#entries.get(key)?.object;
  }

  /** Takes what all files hold now; gives the keys of what changed, and what is refused for the sake of others. */
  update(files: ReadonlyMap<string, FileObjects>): {
    readonly changed: readonly ResourceKey[];
    readonly problems: readonly SourceProblem[];
  } {
    const candidates = [...files].flatMap(([file, { objects }]) =>
      objects.map((placed) => ({ file, placed, key: keyOf(placed.object) })),
    );
    const incumbentsFirst = candidates.toSorted((a, b) => this.#incumbency(b) - this.#incumbency(a));
    const next = new Map<string, Entry>();
    const uids = new Map<string, Entry>();
    const problems: SourceProblem[] = [];
    for (const { file, placed, key } of incumbentsFirst) {
      const text = keyText(key);
      const other = next.get(text) ?? uids.get(placed.object.metadata.uid);
      if (other !== undefined) {
        problems.push(duplicateProblem(file, placed, key, other));
        continue;
      }
      const entry = this.#entryOf(key, placed, file);
      next.set(text, entry);
      uids.set(placed.object.metadata.uid, entry);
    }
    const changed = [...new Set([...this.#entries.keys(), ...next.keys()])].flatMap((text) => {
      const [before, after] = [this.#entries.get(text), next.get(text)];
      const key = (after ?? before)?.key;
      return key === undefined || before?.object === after?.object ? [] : [key];
    });
    this.#entries = next;
    return { changed, problems };
  }

  /** How much a candidate is what is served already: 2 unchanged, 1 in the same file, 0 a newcomer. */
  #incumbency({ file, placed, key }: { file: string; placed: PlacedObject; key: ResourceKey }): number {
    const entry = this.#entries.get(keyText(key));
    return entry?.file !== file ? 0 : entry.digest === placed.digest ? 2 : 1;
  }

  #entryOf(key: ResourceKey, placed: PlacedObject, file: string): Entry {
    const text = keyText(key);
    const before = this.#entries.get(text);
    const place = { key, file, line: placed.at.line, digest: placed.digest };
    // The same object stays the same, whichever file it is in and however that file is laid out.
    if (before !== undefined && (before.digest === placed.digest || isSame(before.object, placed.object)))
      return { ...place, object: before.object };
    const generation = (this.#generations.get(text) ?? placed.object.metadata.generation - 1) + 1;
    this.#generations.set(text, generation);
    return { ...place, object: withGeneration(placed.object, generation) };
  }
}

function withGeneration(object: ManifestResource, generation: number): ManifestResource {
  return { ...object, metadata: { ...object.metadata, generation, resourceVersion: String(generation) } };
}

function isSame(a: ManifestResource, b: ManifestResource): boolean {
  return isDeepStrictEqual(withGeneration(a, 0), withGeneration(b, 0));
}

function duplicateProblem(file: string, placed: PlacedObject, key: ResourceKey, other: Entry): SourceProblem {
  const place = `${other.file}:${other.line}`;
  const same = keyText(key) === keyText(other.key);
  return {
    severity: 'error',
    key,
    file,
    ...placed.at,
    ...(same ? {} : { path: 'metadata.uid' }),
    message: same
      ? `is already defined at ${place}, which is the one that is served`
      : `is the uid of ${keyText(other.key)} at ${place}`,
    expected: same
      ? 'one place for each object: rename or remove one of the two'
      : 'no metadata.uid, or one of its own',
  };
}
