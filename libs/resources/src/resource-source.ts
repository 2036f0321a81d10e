import type { ResourceKey, ResourceKind, ServedKey } from './resource-key.ts';
import type { ResourceByKind } from './resource-types.ts';
import type { ResourceStatus } from './resource-status.ts';
import type { ValuePath } from './structural-schema.ts';

/** Reading objects by key: what planning needs of the world. */
export interface ResourceView {
  /** The object, or undefined if there is none now. */
  get<K extends ResourceKind>(kind: K, namespace: string, name: string): ResourceByKind[K] | undefined;
}

/** Something a source cannot take as written. It holds back only what it names. */
export interface SourceProblem {
  /** `error`: the object, or the new version of it, is not served. `warning`: it is, but something in it has no effect. */
  readonly severity: 'error' | 'warning';
  /** What is wrong. */
  readonly message: string;
  /** What would have been right; empty if the message says it all. */
  readonly expected: string;
  /** The object it is about, as far as it is known. */
  readonly key?: ResourceKey;
  /** Path in the object: `spec.filters[0].exact`. */
  readonly path?: string;
  /** File, relative to the folder that is watched. */
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
}

/**
 * Where resources come from: a folder of manifests, or the Kubernetes API. Reading never waits: a source keeps a cache that
 * is filled before it is handed out.
 */
export interface ResourceSource extends ResourceView, AsyncDisposable {
  /** All objects of a kind that are there now, in no particular order. */
  list<K extends ResourceKind>(kind: K): readonly ResourceByKind[K][];
  /**
   * Keys whose objects appeared, changed or went away since the last turn; first the keys of all that are there. An empty
   * turn says that only the problems changed. Changes that come while nobody reads are kept and collapse by key. Ends when
   * the signal aborts or the source is disposed. One reader at a time.
   */
  changes(signal: AbortSignal): AsyncIterable<readonly ResourceKey[]>;
  /** Everything that is wrong now. */
  problems(): readonly SourceProblem[];
  /**
   * Where a person finds the value at a path of an object, `orders.yaml:12:5`: at what is around it if it is not there; undefined when
   * the object is not. A source whose objects stand nowhere has no such thing.
   */
  placeOf?(key: ResourceKey, path: ValuePath): string | undefined;
  /** The status that was written last, by whichever controller; undefined where none is kept. */
  readStatus(key: ServedKey): ResourceStatus | undefined;
  /**
   * Keeps the status where users look for it. A source without such a place does nothing. Rejects when it could not be
   * written; the caller tries again.
   */
  writeStatus(key: ServedKey, status: ResourceStatus): Promise<void>;
}

/** A problem in one line, `orders.yaml:12:5: spec.broker: … (expected …)`. */
export function problemText(problem: SourceProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const subject = problem.key === undefined ? '' : `${problem.key.kind} ${problem.key.namespace}/${problem.key.name}`;
  const head = [place, subject, problem.path].filter((part) => part !== undefined && part !== '').join(': ');
  const tail = problem.expected === '' ? '' : ` (expected ${problem.expected})`;
  return `${head === '' ? '' : `${head}: `}${problem.message}${tail}`;
}
