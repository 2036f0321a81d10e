import type { ResourceKey, ResourceKind, ServedKey } from './resource-key.ts';
import type { ResourceByKind } from './resource-types.ts';
import type { ResourceStatus } from './resource-status.ts';
import type { ValuePath } from '../parsing/structural-schema.ts';

/** Reading objects by key: what planning needs of the world. */
export interface ResourceView {
  /** The object, or undefined if there is none now. */
  get<K extends ResourceKind>(kind: K, namespace: string, name: string): ResourceByKind[K] | undefined;
  /**
   * All objects of a kind that are in a namespace now; others may be among them. Absent: they cannot be listed, and what depends on
   * them is refused.
   */
  list?<K extends ResourceKind>(kind: K, namespace: string): readonly ResourceByKind[K][];
  /** Why an object counts as missing although it may be there, for a person: `it may not be read here: …`. Undefined: it is not there. */
  whyAbsent?(kind: ResourceKind, namespace: string, name: string): string | undefined;
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
  /**
   * Whether an object was asked for and it is not known yet if there is one: a source that looks things up on demand. Its key shows
   * up among the changes when it is known, also if there is none.
   */
  pending?(kind: ResourceKind, namespace: string, name: string): boolean;
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
  /** What else can be written there; absent where objects are only read, as from a folder. */
  readonly cluster?: ClusterWriter;
}

/** An object to bring about, in the words of its API. */
export interface ObjectManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    /** Absent: cluster-scoped. */
    readonly namespace?: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller?: boolean;
      readonly blockOwnerDeletion?: boolean;
    }[];
  };
  readonly [field: string]: unknown;
}

/** Something that the people who run a cluster should notice; shows in `kubectl describe`. */
export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase: `TopicCreated`. */
  readonly reason: string;
  /** For a person, at most 1,024 characters. */
  readonly message: string;
}

/**
 * Writing to the cluster that a source reads from. Everything may be done twice; conflicts with other writers are tried again
 * inside. Each rejects with an error for a person when it could not be done.
 */
export interface ClusterWriter {
  /** Adds a finalizer; does nothing when it is there, when the object is gone, or when its uid is another by now. */
  addFinalizer(key: ResourceKey, uid: string, finalizer: string): Promise<void>;
  /** Removes a finalizer; does nothing when it, or the object of this uid, is not there. */
  removeFinalizer(key: ResourceKey, uid: string, finalizer: string): Promise<void>;
  /**
   * Makes or updates objects by server-side apply, one after the other. Only the fields given are ours. Rejects for an object that exists
   * and is controlled by somebody other than the controlling owner given.
   */
  apply(objects: readonly ObjectManifest[]): Promise<void>;
  /**
   * Applies the fields given to the status of the object of this uid, and none of anybody else's; does nothing when it is gone. For kinds whose
   * status is not kept by {@link ResourceSource.writeStatus}.
   */
  applyStatus(key: ResourceKey, uid: string, status: Readonly<Record<string, unknown>>): Promise<void>;
  /** Deletes an object; does nothing when it is not there. With `controllerUid` only if that object controls it. */
  remove(
    object: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string; readonly name: string },
    options?: { readonly controllerUid?: string },
  ): Promise<void>;
  /** Reads an object as it is written in its API, for templates that are copied; undefined: there is none. */
  read(object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  }): Promise<ObjectManifest | undefined>;
  /** Reads the data of a Secret, decoded from base64; undefined: there is none. Never cached, never logged. */
  readSecret(key: ResourceKey): Promise<Readonly<Record<string, Uint8Array>> | undefined>;
  /** Records an event about an object, in the background; the same event again within minutes only counts. Never rejects. */
  record(key: ResourceKey, uid: string, event: ObjectEvent): void;
}

/** A problem in one line, `orders.yaml:12:5: spec.broker: … (expected …)`. */
export function problemText(problem: SourceProblem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const subject = problem.key === undefined ? '' : `${problem.key.kind} ${problem.key.namespace}/${problem.key.name}`;
  const head = [place, subject, problem.path].filter((part) => part !== undefined && part !== '').join(': ');
  const tail = problem.expected === '' ? '' : ` (expected ${problem.expected})`;
  return `${head === '' ? '' : `${head}: `}${problem.message}${tail}`;
}
