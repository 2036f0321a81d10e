import type { Egress, Resource } from '@eventing-kafka/contract';
import { keyText, tokenAccessAnnotation } from '@eventing-kafka/resources';
import type {
  IdentityFailure,
  IngressPlan,
  InitialOffsetsOutcome,
  PublishOutcome,
  ResourceKey,
  ResourceStatus,
  ServedKey,
  ServingPhase,
  TopicOutcome,
  TopicPlan,
  TriggerPlan,
} from '@eventing-kafka/resources';
import { heldSecrets } from './cluster/held-secrets.ts';
import type { StartPositions } from './kafka/initial-offsets.ts';

/** What is kept of every object that is reconciled. */
interface CommonEntry {
  readonly key: ServedKey;
  /** The key as text. */
  readonly text: string;
  /** Of the object; another object of the same name has an entry of its own. */
  readonly uid: string;
  /** Nothing is known yet of whether it can be served: its first look, or a cluster that does not answer. */
  undecided: boolean;
  /** Whether it is in the contract that was published last. */
  publish: PublishOutcome | undefined;
  status: ResourceStatus | undefined;
  /** The status that an earlier controller left; undefined if there was none. */
  readonly left: ResourceStatus | undefined;
  /** What the status was last derived from. */
  derivedFrom: readonly unknown[];
  phase: ServingPhase;
  /** Generation that the source holds; the plan may be of an older one. */
  generation: number;
  /** Since when it is not served as written. */
  sinceMs: number;
  /** What watchers were told last: `serving`, or why not. */
  told: string;
  /** Whether its finalizer is there by all we know. */
  hasFinalizer: boolean;
  /** Secrets that were kept from being deleted, or opened to the data plane, for its sake. */
  held: readonly ResourceKey[];
}

/** A Broker or KafkaSink. */
export interface IngressEntry extends CommonEntry {
  readonly type: 'ingress';
  plan: IngressPlan | undefined;
  /** What came of bringing about a data plane of its own. */
  dataPlane: { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly message: string } | undefined;
  topic: TopicOutcome | undefined;
  /** The topic that was made or found last. */
  readyTopic: TopicPlan | undefined;
  /** Version of the Secret with which it was made or found; empty: without one. */
  readyVersion: string;
  /** On its way to another topic: where the groups of its Triggers start there, by group id, as far as it was found out. */
  move: { readonly to: TopicPlan; readonly starts: Map<string, StartPositions> } | undefined;
  /** Its last good part of the contract, without egresses. */
  resource: Resource | undefined;
}

/** A Trigger. */
export interface TriggerEntry extends CommonEntry {
  readonly type: 'trigger';
  plan: TriggerPlan | undefined;
  /** Why it has no ServiceAccount whose tokens are sent; undefined: it has, or needs none. */
  identity: IdentityFailure | undefined;
  /** Whose tokens which dispatchers may ask for, as text; of an earlier life, the account alone. Undefined: nobody's. */
  tokens: string | undefined;
  offsets: InitialOffsetsOutcome | undefined;
  /** Cluster, topic and group whose first offsets are fixed. Forgotten with the Broker, as its topic may go and come back empty. */
  offsetsFixedFor: string;
  /** Its group, and the cluster that holds it. Outlives the Broker, so that the group can be deleted after it. */
  group: { readonly cluster: TopicPlan; readonly groupId: string } | undefined;
  /** First offsets that are being fixed: for what, where they were found to be, and what came of the last try. */
  start:
    | {
        readonly of: string;
        readonly positions: StartPositions;
        result: { readonly outcome: InitialOffsetsOutcome; readonly unreachable: boolean } | undefined;
      }
    | undefined;
  /** Its last good part of the contract. */
  egress: Egress | undefined;
}

/** What is kept of one object. */
export type Entry = IngressEntry | TriggerEntry;

/** An entry of an object that was just met. */
export function newEntry(key: ServedKey, uid: string, status: ResourceStatus | undefined, nowMs: number): Entry {
  const common = {
    key,
    text: keyText(key),
    uid,
    undecided: true,
    publish: undefined,
    status,
    left: status,
    derivedFrom: [],
    phase: 'waiting' as const,
    generation: 0,
    sinceMs: nowMs,
    told: '',
    hasFinalizer: false,
    held: heldSecrets(status),
    plan: undefined,
  };
  return key.kind === 'Trigger'
    ? {
        ...common,
        type: 'trigger',
        identity: undefined,
        tokens: status?.annotations[tokenAccessAnnotation],
        offsets: undefined,
        offsetsFixedFor: '',
        group: undefined,
        start: undefined,
        egress: undefined,
      }
    : {
        ...common,
        type: 'ingress',
        dataPlane: undefined,
        topic: undefined,
        readyTopic: undefined,
        readyVersion: '',
        move: undefined,
        resource: undefined,
      };
}

/** All entries, by key; and Triggers by their Broker, so that what concerns one Broker costs what it has. */
export class Entries {
  readonly #entries = new Map<string, Entry>();
  readonly #triggers = new Map<string, Set<TriggerEntry>>();
  /** Text of the Broker under which a Trigger is found. */
  readonly #brokers = new Map<TriggerEntry, string>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: ServedKey): Entry | undefined {
    return this.#entries.get(keyText(key));
  }

  /** By the text of its key. */
  byText(text: string): Entry | undefined {
    return this.#entries.get(text);
  }

  /** The Broker of a Trigger in `namespace`. */
  broker(namespace: string, name: string): IngressEntry | undefined {
    const entry = this.get({ kind: 'Broker', namespace, name });
    return entry?.type === 'ingress' ? entry : undefined;
  }

  set(entry: Entry): void {
    const before = this.#entries.get(entry.text);
    if (before !== undefined && before !== entry) this.#forgetBroker(before);
    this.#entries.set(entry.text, entry);
  }

  delete(key: ServedKey): void {
    const entry = this.get(key);
    if (entry === undefined) return;
    this.#forgetBroker(entry);
    this.#entries.delete(entry.text);
  }

  /** Says from which Broker of its namespace a Trigger takes; undefined: from none. */
  setBroker(entry: TriggerEntry, name: string | undefined): void {
    const text = name === undefined ? undefined : keyText({ kind: 'Broker', namespace: entry.key.namespace, name });
    if (this.#brokers.get(entry) === text) return;
    this.#forgetBroker(entry);
    if (text === undefined || this.#entries.get(entry.text) !== entry) return;
    this.#brokers.set(entry, text);
    const triggers = this.#triggers.get(text) ?? new Set<TriggerEntry>();
    this.#triggers.set(text, triggers.add(entry));
  }

  *ingresses(): IterableIterator<IngressEntry> {
    for (const entry of this.#entries.values()) if (entry.type === 'ingress') yield entry;
  }

  /** The Triggers that take from a Broker. */
  triggersOf(key: ServedKey): Iterable<TriggerEntry> {
    return this.#triggers.get(keyText(key)) ?? [];
  }

  all(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  #forgetBroker(entry: Entry): void {
    if (entry.type !== 'trigger') return;
    const text = this.#brokers.get(entry);
    if (text === undefined) return;
    this.#brokers.delete(entry);
    const triggers = this.#triggers.get(text);
    triggers?.delete(entry);
    if (triggers?.size === 0) this.#triggers.delete(text);
  }
}
