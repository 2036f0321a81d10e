import type { Egress, Resource } from '@eventing-kafka/contract';
import { keyText } from '@eventing-kafka/resources';
import type {
  IngressPlan,
  InitialOffsetsOutcome,
  PublishOutcome,
  ResourceStatus,
  ServedKey,
  ServingPhase,
  TopicOutcome,
  TopicPlan,
  TriggerPlan,
} from '@eventing-kafka/resources';
import type { StartPositions } from './initial-offsets.ts';

/** What is kept of every object that is reconciled. */
interface CommonEntry {
  readonly key: ServedKey;
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
}

/** A Broker or KafkaSink. */
export interface IngressEntry extends CommonEntry {
  readonly type: 'ingress';
  plan: IngressPlan | undefined;
  topic: TopicOutcome | undefined;
  /** The topic that was made or found last. */
  readyTopic: TopicPlan | undefined;
  /** On its way to another topic: where the groups of its Triggers start there, by group id, as far as it was found out. */
  move: { readonly to: TopicPlan; readonly starts: Map<string, StartPositions> } | undefined;
  /** Its last good part of the contract, without egresses. */
  resource: Resource | undefined;
}

/** A Trigger. */
export interface TriggerEntry extends CommonEntry {
  readonly type: 'trigger';
  plan: TriggerPlan | undefined;
  offsets: InitialOffsetsOutcome | undefined;
  /** Cluster, topic and group whose first offsets are fixed. Forgotten with the Broker, as its topic may go and come back empty. */
  offsetsFixedFor: string;
  /** Its group, and the cluster that holds it. Outlives the Broker, so that the group can be deleted after it. */
  group: { readonly cluster: TopicPlan; readonly groupId: string } | undefined;
  /** First offsets that were found out and are not all committed yet, and for what. */
  start: { readonly of: string; readonly positions: StartPositions } | undefined;
  /** Its last good part of the contract. */
  egress: Egress | undefined;
}

/** What is kept of one object. */
export type Entry = IngressEntry | TriggerEntry;

/** An entry of an object that was just met. */
export function newEntry(key: ServedKey, status: ResourceStatus | undefined, nowMs: number): Entry {
  const common = {
    key,
    undecided: true,
    publish: undefined,
    status,
    left: status,
    derivedFrom: [],
    phase: 'waiting' as const,
    generation: 0,
    sinceMs: nowMs,
    told: '',
    plan: undefined,
  };
  return key.kind === 'Trigger'
    ? {
        ...common,
        type: 'trigger',
        offsets: undefined,
        offsetsFixedFor: '',
        group: undefined,
        start: undefined,
        egress: undefined,
      }
    : { ...common, type: 'ingress', topic: undefined, readyTopic: undefined, move: undefined, resource: undefined };
}

/** All entries, by key. */
export class Entries {
  readonly #entries = new Map<string, Entry>();

  get(key: ServedKey): Entry | undefined {
    return this.#entries.get(keyText(key));
  }

  /** The Broker of a Trigger in `namespace`. */
  broker(namespace: string, name: string): IngressEntry | undefined {
    const entry = this.get({ kind: 'Broker', namespace, name });
    return entry?.type === 'ingress' ? entry : undefined;
  }

  set(entry: Entry): void {
    this.#entries.set(keyText(entry.key), entry);
  }

  delete(key: ServedKey): void {
    this.#entries.delete(keyText(key));
  }

  *ingresses(): IterableIterator<IngressEntry> {
    for (const entry of this.#entries.values()) if (entry.type === 'ingress') yield entry;
  }

  *triggers(): IterableIterator<TriggerEntry> {
    for (const entry of this.#entries.values()) if (entry.type === 'trigger') yield entry;
  }

  /** The Triggers that take from a Broker. */
  *triggersOf({ kind, namespace, name }: ServedKey): IterableIterator<TriggerEntry> {
    if (kind !== 'Broker') return;
    for (const entry of this.triggers()) {
      if (entry.key.namespace === namespace && entry.plan?.trigger.spec.broker === name) yield entry;
    }
  }

  *all(): IterableIterator<Entry> {
    yield* this.#entries.values();
  }
}
