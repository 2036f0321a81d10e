import type { Resource } from '@eventing-kafka/contract';
import { ownFinalizers } from '@eventing-kafka/resources';
import type {
  ObjectEvent,
  PlanningOptions,
  ResourceSource,
  ServedKey,
  ServedResource,
} from '@eventing-kafka/resources';
import type { ContractAssembler } from '../contract/contract-assembly.ts';
import { dataOfEntry, dataOfObject, noData } from './data-to-delete.ts';
import type { DataToDelete } from './data-to-delete.ts';
import type { Dependencies, TrackedView } from '../dependencies.ts';
import type { Entries, Entry } from '../entries.ts';
import { removeFinalizers } from '../cluster/finalizers.ts';
import type { ClusterParts } from '../object-worker.ts';
import type { Departure, Removals } from './removals.ts';
import type { Settler } from '../status/settler.ts';
import type { TopicOwners } from '../kafka/topic-owners.ts';
import type { WorkResult } from '../queue/work-queue.ts';

/** How soon to look again at what waits for a look-up or for the first contract. */
const againMs = 50;
/** How long a deletion waits for look-ups before it goes on with what is known. */
const lookupTimeoutMs = 5_000;

/** What letting objects go works with. */
export interface DeparturesOptions {
  readonly source: ResourceSource;
  readonly planning: PlanningOptions;
  readonly entries: Entries;
  readonly dependencies: Dependencies;
  readonly assembler: ContractAssembler;
  readonly settler: Settler;
  readonly removals: Removals;
  readonly topics: TopicOwners;
  readonly cluster: ClusterParts | undefined;
  /** Whether data of an object that is gone goes with it. One that is on its way out says so itself. */
  readonly deleteData: boolean;
  /** How long it is tried to let go of what belongs to an object, such as its Secret, before it goes without. */
  readonly releaseTimeoutMs: number;
  readonly now: () => number;
  readonly wake: (key: ServedKey) => void;
  /** Which clusters are needed may be another. */
  readonly clustersChanged: () => void;
}

/** How objects go: from what is known of them to what {@link Removals} carries out. */
export class Departures {
  readonly #options: DeparturesOptions;
  /** Since when it has not been possible to let go of what belongs to an object. */
  readonly #failingSince = new WeakMap<Entry, number>();

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** It is gone, or on its way out. */
  async depart(entry: Entry, object: ServedResource | undefined, signal: AbortSignal): Promise<WorkResult> {
    const { settler, removals, assembler } = this.#options;
    const data = this.#dataOf(entry, object);
    if (data === undefined) return { kind: 'again', afterMs: againMs };
    entry.undecided = false;
    // What an earlier controller published is served until the first contract is out.
    if (!settler.mayPublish) return { kind: 'again', afterMs: againMs };
    const isServed =
      entry.left !== undefined || (entry.type === 'ingress' ? entry.resource : entry.egress) !== undefined;
    const concerning = this.#resourceOf(entry);
    this.takeOut(entry);
    const departure: Departure = {
      key: entry.key,
      sinceMs: entry.sinceMs,
      isServed,
      concerning,
      data,
      tell: (event) => this.#record(entry, event),
      release: () => this.letGo(entry, object, signal),
    };
    removals.begin(departure, assembler.isDirty ? undefined : settler.revision);
    return removals.proceed(entry.key);
  }

  /** What of it is to be deleted, asked anew at each try; undefined: something was looked up for it that is not known yet. */
  #dataOf(entry: Entry, object: ServedResource | undefined): (() => DataToDelete) | undefined {
    const { source, dependencies, planning, entries, topics, now, deleteData } = this.#options;
    const ofOthers = (data: DataToDelete): boolean =>
      entry.type === 'ingress' &&
      data.topic !== undefined &&
      topics.hasOtherOwner(entry, data.topic.cluster, data.topic.name);
    const own = (data: DataToDelete): DataToDelete => (ofOthers(data) ? noData : data);
    if (object === undefined) return () => own(deleteData ? dataOfEntry(entry) : noData);
    if (ownFinalizers(object).length === 0) return () => noData;
    const look = (view: TrackedView): DataToDelete => {
      const brokerName = object.kind === 'Trigger' ? object.spec.broker : '';
      const broker = entries.broker(entry.key.namespace, brokerName);
      return own(dataOfObject(entry, object, view, planning, broker?.readyTopic ?? broker?.plan?.topic));
    };
    const view = dependencies.tracked(source, entry.key);
    look(view);
    if (view.isPending() && now() < entry.sinceMs + lookupTimeoutMs) return undefined;
    return () => look(dependencies.tracked(source, entry.key));
  }

  #resourceOf(entry: Entry): Resource | undefined {
    if (entry.type === 'ingress') return entry.resource;
    const name = entry.plan?.trigger.spec.broker;
    return name === undefined ? undefined : this.#options.entries.broker(entry.key.namespace, name)?.resource;
  }

  /** Out of the contract that is published next. */
  takeOut(entry: Entry): void {
    const { entries, assembler, settler } = this.#options;
    if (entry.type === 'ingress') assembler.setResource(entry.key, undefined);
    else assembler.setEgress(entry.key, undefined);
    entries.delete(entry.key);
    settler.forget(entry);
  }

  /** Lets go of everything that is held for an object, its own finalizer last. */
  async letGo(entry: Entry, object: ServedResource | undefined, signal: AbortSignal): Promise<void> {
    const { cluster, topics, wake, source, clustersChanged, dependencies } = this.#options;
    const { key, uid } = entry;
    if (entry.type === 'ingress') {
      for (const other of topics.release(entry)) wake(other);
      clustersChanged();
    }
    if (cluster === undefined) return;
    await this.#letGoOfOthers(entry, object, cluster, signal);
    const now = source.get(key.kind, key.namespace, key.name);
    if (now?.metadata.uid !== uid) return;
    dependencies.forget(key);
    await removeFinalizers(cluster.writer, now);
  }

  /** Secrets and data planes. Rights to them may have been taken away for good, and that must not keep an object for ever. */
  async #letGoOfOthers(
    entry: Entry,
    object: ServedResource | undefined,
    cluster: ClusterParts,
    signal: AbortSignal,
  ): Promise<void> {
    const { now, releaseTimeoutMs } = this.#options;
    if (entry.type !== 'ingress') return;
    try {
      await cluster.secrets.release(entry, undefined, signal);
      if (object?.kind === 'Broker') await cluster.dataPlanes.leave(object);
      this.#failingSince.delete(entry);
    } catch (error) {
      const since = this.#failingSince.get(entry) ?? now();
      this.#failingSince.set(entry, since);
      if (now() < since + releaseTimeoutMs) throw error;
      const secrets = entry.held.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
      const message = `Not let go of: ${secrets === '' ? 'its data plane' : `Secret ${secrets}`}, as ${error instanceof Error ? error.message : String(error)}`;
      this.#record(entry, { type: 'Warning', reason: 'NotReleased', message });
    }
  }

  #record({ key, uid }: Entry, event: ObjectEvent): void {
    this.#options.cluster?.writer.record(key, uid, event);
  }
}
