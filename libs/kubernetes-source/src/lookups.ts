import { objectText, watchObjects } from '@eventing-kafka/kubernetes';
import type {
  KubernetesClient,
  KubernetesError,
  KubernetesObject,
  ObjectChange,
  ObjectWatch,
} from '@eventing-kafka/kubernetes';
import type { Logger } from '@eventing-kafka/logging';
import { keyText } from '@eventing-kafka/resources';
import type { ManifestResource, ResourceKey, SourceProblem } from '@eventing-kafka/resources';
import { idleStep } from './idle-step.ts';
import { roomFor } from './room.ts';

/** What a lookup watches: one object by its name, or all of a kind. */
export interface LookupTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What is known of an object; undefined: it is not there. */
export type KnownNow = readonly [key: ResourceKey, object: ManifestResource | undefined];

/** What lookups need. */
export interface LookupsOptions {
  readonly client: KubernetesClient;
  readonly logger: Logger;
  /** The object as it is kept. */
  readonly read: (object: KubernetesObject) => KnownNow | undefined;
  /** Which object went away. */
  readonly keyOf: (target: LookupTarget, namespace: string, name: string) => ResourceKey;
  /** What is known now of these keys. */
  readonly update: (changes: readonly KnownNow[]) => void;
  /** Wakes whoever depends on these keys, although nothing about them changed. */
  readonly ask: (keys: readonly ResourceKey[]) => void;
  /** The problems changed. */
  readonly problemsChanged: () => void;
  readonly maxLookups: number;
  /** After how long without a look whoever depends on it is asked whether it is still needed, in milliseconds. */
  readonly idleMs: number;
  /** How long they have to look, in milliseconds. */
  readonly graceMs: number;
}

/** Keys of one kind that are remembered to have been asked for. */
const maxAsked = 10_000;

interface Lookup {
  readonly target: LookupTarget;
  watch: ObjectWatch;
  /** Keys that were asked for, to be told of when it is known whether they are there. */
  readonly asked: Map<string, ResourceKey>;
  /** Keys of the objects that are there. */
  readonly present: Map<string, ResourceKey>;
  isKnown: boolean;
  problem: SourceProblem | undefined;
  usedAtMs: number;
  askedAtMs: number | undefined;
}

/**
 * Watches that begin when something is first looked up, one for each target, and end when nobody needs them: what nobody has looked at for
 * long is asked about (its dependents are woken, and look again), and dropped when there is no answer.
 */
export class Lookups implements AsyncDisposable {
  readonly #options: LookupsOptions;
  readonly #lookups = new Map<string, Lookup>();
  readonly #sweeping: NodeJS.Timeout;
  readonly #ending = new Set<Promise<void>>();
  #isFull = false;
  #isEnded = false;

  constructor(options: LookupsOptions) {
    this.#options = options;
    this.#sweeping = setInterval(() => this.#sweep(performance.now()), Math.min(options.graceMs, 60_000));
    this.#sweeping.unref();
  }

  /** Somebody looks at an object: it is watched from now on. */
  use(target: LookupTarget, key: ResourceKey): void {
    const id = targetText(target);
    const lookup = this.#lookups.get(id) ?? this.#begin(id, target);
    if (lookup === undefined) return;
    lookup.usedAtMs = performance.now();
    lookup.askedAtMs = undefined;
    const text = keyText(key);
    lookup.asked.delete(text);
    lookup.asked.set(text, key);
    const [oldest] = lookup.asked.keys();
    if (lookup.asked.size > maxAsked && oldest !== undefined) lookup.asked.delete(oldest);
  }

  /** Whether it was looked up and is not known yet. */
  isPending(target: LookupTarget): boolean {
    return this.#lookups.get(targetText(target))?.isKnown === false;
  }

  /** Whether it is being watched. */
  has(target: LookupTarget): boolean {
    return this.#lookups.has(targetText(target));
  }

  /** Why it cannot be looked up, as far as a person can do something about it. */
  problemOf(target: LookupTarget): SourceProblem | undefined {
    return this.#lookups.get(targetText(target))?.problem;
  }

  /** What a person should know of what could not be looked up. */
  problems(): readonly SourceProblem[] {
    const found = [...this.#lookups.values()].flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
    if (!this.#isFull) return found;
    const message = `${this.#lookups.size} names and kinds are looked up: further ones count as missing`;
    return [...found, { severity: 'error', message, expected: `at most ${this.#options.maxLookups}` }];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeping);
    this.#isEnded = true;
    const watches = [...this.#lookups.values()].map(({ watch }) => watch[Symbol.asyncDispose]());
    this.#lookups.clear();
    await Promise.all([...watches, ...this.#ending]);
  }

  #begin(id: string, target: LookupTarget): Lookup | undefined {
    const { client, logger, maxLookups } = this.#options;
    if (this.#isEnded) return undefined;
    if (!this.#makeRoom(target)) {
      if (this.#isFull) return undefined;
      this.#isFull = true;
      logger.error('too many objects are looked up: no more are watched', { maxLookups });
      this.#options.problemsChanged();
      return undefined;
    }
    const lookup: Lookup = {
      target,
      asked: new Map<string, ResourceKey>(),
      present: new Map<string, ResourceKey>(),
      isKnown: false,
      problem: undefined,
      usedAtMs: performance.now(),
      askedAtMs: undefined,
      // It tells nothing before this function has returned.
      watch: watchObjects({
        client,
        ...target,
        forbiddenIsAbsent: true,
        onChange: (changes) => this.#changed(lookup, changes),
        onTrouble: (error) => this.#troubled(lookup, error),
        onRecovered: () => this.#recovered(lookup),
      }),
    };
    this.#lookups.set(id, lookup);
    lookup.watch.synced.then(
      () => this.#synced(lookup),
      () => undefined,
    );
    return lookup;
  }

  /** Whoever looks for what has to go is not woken: to him it stays missing, and he would come back at once. */
  #makeRoom({ name }: LookupTarget): boolean {
    const places = [...this.#lookups].map(([id, { target, isKnown, present, usedAtMs }]) => ({
      id,
      isKind: target.name === undefined,
      isAbsent: isKnown && present.size === 0,
      usedAtMs,
    }));
    const room = roomFor(name === undefined, places, this.#options.maxLookups);
    if (room.kind !== 'instead') return room.kind === 'free';
    const lookup = this.#lookups.get(room.id);
    if (lookup !== undefined) this.#end(room.id, lookup);
    return true;
  }

  #changed(lookup: Lookup, changes: readonly ObjectChange[]): void {
    const { target, present } = lookup;
    const updates: KnownNow[] = [];
    for (const change of changes) {
      const update =
        change.kind === 'present'
          ? this.#options.read(change.object)
          : ([this.#options.keyOf(target, change.namespace, change.name), undefined] as const);
      if (update === undefined) continue;
      const [key, object] = update;
      if (object === undefined) present.delete(keyText(key));
      else present.set(keyText(key), key);
      updates.push(update);
    }
    // One by its name is known with the first word; a kind, when all of it has been told.
    if (target.name !== undefined) lookup.isKnown = true;
    this.#options.update(updates);
  }

  /** All is known: also that something is not there. */
  #synced(lookup: Lookup): void {
    if (lookup.isKnown) return;
    lookup.isKnown = true;
    this.#options.ask([...lookup.asked.values()]);
  }

  #troubled(lookup: Lookup, error: KubernetesError): void {
    const { problem } = lookup;
    lookup.problem = problemOf(lookup, error);
    if (lookup.problem?.message !== problem?.message) this.#options.problemsChanged();
  }

  #recovered(lookup: Lookup): void {
    if (lookup.problem === undefined) return;
    lookup.problem = undefined;
    this.#options.problemsChanged();
  }

  #sweep(nowMs: number): void {
    for (const [id, lookup] of this.#lookups) {
      const step = idleStep(lookup, nowMs, this.#options);
      if (step === 'drop') this.#drop(id, lookup);
      if (step !== 'ask') continue;
      lookup.askedAtMs = nowMs;
      this.#options.ask([...lookup.asked.values()]);
    }
  }

  #drop(id: string, lookup: Lookup): void {
    const { logger, update } = this.#options;
    logger.debug('not watched any more: nobody looks at it', { target: id });
    this.#isFull = false;
    this.#end(id, lookup);
    update([...lookup.asked.values(), ...lookup.present.values()].map((key) => [key, undefined]));
  }

  #end(id: string, lookup: Lookup): void {
    this.#lookups.delete(id);
    const ending = Promise.resolve(lookup.watch[Symbol.asyncDispose]());
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }
}

/** What a person can do about it; undefined: it will pass by itself. */
function problemOf({ target, asked }: Lookup, error: KubernetesError): SourceProblem | undefined {
  const subject =
    target.name === undefined ? `objects of kind ${target.kind}` : objectText({ ...target, name: target.name });
  const [key] = asked.values();
  const common = { severity: 'error', ...(key === undefined || target.name === undefined ? {} : { key }) } as const;
  switch (error.code) {
    case 'KUBERNETES_FORBIDDEN':
      return {
        ...common,
        message: `${subject} may not be read here, and counts as missing: ${error.message}`,
        expected:
          target.kind === 'Secret'
            ? `namespace ${target.namespace ?? ''} among the namespaces whose Secrets are granted (chart value secrets.namespaces)`
            : `get, list and watch on ${target.kind} of ${target.apiVersion} granted to the controller`,
      };
    case 'KUBERNETES_NOT_FOUND':
      return { ...common, message: error.message, expected: '' };
    default:
      return undefined;
  }
}

function targetText({ apiVersion, kind, namespace = '', name = '' }: LookupTarget): string {
  return `${apiVersion} ${kind} ${namespace}/${name}`;
}
