import { isDeepStrictEqual } from 'node:util';
import { keyOf, keyText } from '@eventing-kafka/resources';
import type { ManifestResource, ResourceKey, SourceProblem, ValuePath } from '@eventing-kafka/resources';
import type { FileObjects, PlacedObject } from './file-objects.ts';

/** An object that is served, and the file that holds it. */
interface Entry {
  readonly key: ResourceKey;
  readonly object: ManifestResource;
  readonly digest: string;
  readonly file: string;
  readonly placed: PlacedObject;
}

/**
 * The objects of all files together: each key once, each uid once. What is served already keeps its place against a
 * newcomer; among newcomers the first in the order of files and lines wins. What a broken file only keeps gives way to a file that
 * defines the object anew, as when it was moved there.
 */
export class ManifestObjects {
  #entries: ReadonlyMap<string, Entry> = new Map();
  /** Of objects that went away too, so that a generation never comes twice. */
  readonly #generations = new Map<string, number>();
  /** Duplicates that were refused the last time: a mistake elsewhere must not put them in charge. */
  #refused: ReadonlySet<string> = new Set();

  /** The object of this key text. */
  get(key: string): ManifestResource | undefined {
    return this.#entries.get(key)?.object;
  }

  /** Takes what all files hold now; gives the keys of what changed, and what is refused for the sake of others. */
  update(files: ReadonlyMap<string, FileObjects>): {
    readonly changed: readonly ResourceKey[];
    readonly problems: readonly SourceProblem[];
    /** What was only kept, and is defined elsewhere now: not to be kept any longer. */
    readonly superseded: ReadonlySet<PlacedObject>;
  } {
    const candidates = [...files].flatMap(([file, { objects }]) =>
      objects.map((placed) => ({ file, placed, key: keyOf(placed.object) })),
    );
    const incumbentsFirst = candidates.toSorted((a, b) => this.#rank(b) - this.#rank(a));
    const refused = new Set<string>();
    const superseded = new Set<PlacedObject>();
    const next = new Map<string, Entry>();
    const uids = new Map<string, Entry>();
    const problems: SourceProblem[] = [];
    for (const { file, placed, key } of incumbentsFirst) {
      const text = keyText(key);
      const other = next.get(text) ?? uids.get(placed.object.metadata.uid);
      if (other !== undefined && placed.isKept === true) {
        superseded.add(placed);
        continue;
      }
      if (other !== undefined) {
        refused.add(placeText(file, key));
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
    this.#refused = refused;
    return { changed, problems, superseded };
  }

  /** Where a value of an object stands: `orders.yaml:12:5`; the file alone while what is in it now is another text. */
  placeOf(key: string, path: ValuePath): string | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.placed.isKept === true) return entry.file;
    const { line, column } = entry.placed.locate(path);
    return `${entry.file}:${line}:${column}`;
  }

  /** Who has an object that several define: what is served unchanged, changed; a newcomer; what is kept; who was refused before. */
  #rank({ file, placed, key }: { file: string; placed: PlacedObject; key: ResourceKey }): number {
    const entry = this.#entries.get(keyText(key));
    const isServed = entry?.file === file;
    if (placed.isKept === true) return isServed ? 1 : 0;
    if (isServed) return entry.digest === placed.digest ? 4 : 3;
    return this.#refused.has(placeText(file, key)) ? 0 : 2;
  }

  #entryOf(key: ResourceKey, placed: PlacedObject, file: string): Entry {
    const text = keyText(key);
    const before = this.#entries.get(text);
    const place = { key, file, placed, digest: placed.digest };
    // The same object stays the same, whichever file it is in and however that file is laid out.
    if (before !== undefined && (before.digest === placed.digest || isSame(before.object, placed.object)))
      return { ...place, object: before.object };
    const generation = (this.#generations.get(text) ?? placed.object.metadata.generation - 1) + 1;
    this.#generations.set(text, generation);
    return { ...place, object: withGeneration(placed.object, generation) };
  }
}

function placeText(file: string, key: ResourceKey): string {
  return JSON.stringify([file, keyText(key)]);
}

function withGeneration(object: ManifestResource, generation: number): ManifestResource {
  return { ...object, metadata: { ...object.metadata, generation, resourceVersion: String(generation) } };
}

function isSame(a: ManifestResource, b: ManifestResource): boolean {
  return isDeepStrictEqual(withGeneration(a, 0), withGeneration(b, 0));
}

function duplicateProblem(file: string, placed: PlacedObject, key: ResourceKey, other: Entry): SourceProblem {
  const place = `${other.file}:${other.placed.at.line}`;
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
