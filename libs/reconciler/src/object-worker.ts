import type { Resource } from '@eventing-kafka/contract';
import {
  brokerClassOf,
  dataPlaneNamespaceOf,
  isOurBroker,
  ownFinalizers,
  planBroker,
  planKafkaSink,
  planTrigger,
  releasedSecret,
} from '@eventing-kafka/resources';
import type {
  Broker,
  ClusterWriter,
  IngressPlan,
  KafkaSink,
  ObjectEvent,
  PlanningOptions,
  ResourceSource,
  ServedKey,
  ServedResource,
  TopicPlan,
  Trigger,
} from '@eventing-kafka/resources';
import type { ContractAssembler } from './contract-assembly.ts';
import { dataOfEntry, dataOfObject, noData } from './data-to-delete.ts';
import type { DataToDelete } from './data-to-delete.ts';
import type { Dependencies, TrackedView } from './dependencies.ts';
import { newEntry } from './entries.ts';
import type { Entries, Entry, IngressEntry, TriggerEntry } from './entries.ts';
import { addFinalizer, removeFinalizers } from './finalizers.ts';
import type { FirstOffsets } from './first-offsets.ts';
import { bringAboutIdentity } from './identities.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { NamespacedDataPlanes } from './namespaced-data-planes.ts';
import { reconcileIngress } from './reconcile-ingress.ts';
import { reconcileTrigger } from './reconcile-trigger.ts';
import type { Departure, Removals } from './removals.ts';
import type { SecretUses } from './secret-uses.ts';
import type { Settler } from './settler.ts';
import type { TopicOwners } from './topic-owners.ts';
import type { WorkResult } from './work-queue.ts';

/** How soon to look again at what waits for a look-up or for the first contract. */
const againMs = 50;
/** How long a deletion waits for look-ups before it goes on with what is known. */
const lookupTimeoutMs = 5_000;

/** What work on one object needs. */
export interface ObjectWorkerOptions {
  readonly source: ResourceSource;
  readonly planning: PlanningOptions;
  readonly kafka: KafkaAccess;
  readonly firstOffsets: FirstOffsets;
  readonly entries: Entries;
  readonly dependencies: Dependencies;
  readonly assembler: ContractAssembler;
  readonly settler: Settler;
  readonly removals: Removals;
  readonly topics: TopicOwners;
  /** Absent where objects are only read. */
  readonly cluster: ClusterParts | undefined;
  /** Whether data of an object goes with it. */
  readonly deleteData: boolean;
  readonly now: () => number;
  readonly wake: (key: ServedKey) => void;
  /** Which clusters are needed may be another. */
  readonly clustersChanged: () => void;
}

/** What is done in a cluster beside the status. */
export interface ClusterParts {
  readonly writer: ClusterWriter;
  readonly secrets: SecretUses;
  readonly dataPlanes: NamespacedDataPlanes;
}

/** Work on one object: whatever woke it, it is looked at as it is now. */
export class ObjectWorker {
  readonly #options: ObjectWorkerOptions;

  constructor(options: ObjectWorkerOptions) {
    this.#options = options;
  }

  async work(key: ServedKey, signal: AbortSignal): Promise<WorkResult> {
    const { source, entries, removals, dependencies } = this.#options;
    const object = source.get(key.kind, key.namespace, key.name);
    const entry = entries.get(key);
    if (object === undefined) {
      if (!removals.has(key)) dependencies.forget(key);
      return entry === undefined ? removals.proceed(key) : this.#depart(entry, undefined, signal);
    }
    if (object.metadata.deletionTimestamp !== undefined)
      return entry === undefined ? removals.proceed(key) : this.#depart(entry, object, signal);
    if (entry === undefined) return { kind: 'done' };
    removals.cancel(key);
    const view = dependencies.tracked(source, key);
    const result =
      entry.type === 'ingress'
        ? await this.#ingress(entry, object as Broker | KafkaSink, view, signal)
        : await this.#trigger(entry, object as Trigger, view, signal);
    return view.isPending() && entry.plan === undefined ? { kind: 'done' } : result;
  }

  async #ingress(
    entry: IngressEntry,
    object: Broker | KafkaSink,
    view: TrackedView,
    signal: AbortSignal,
  ): Promise<WorkResult> {
    const { planning, assembler, settler, entries, wake, cluster, kafka, topics, clustersChanged } = this.#options;
    if (object.kind === 'Broker' && !isOurBroker(object, planning.features(view)))
      return view.isPending() ? { kind: 'done' } : this.#leave(entry, object, signal);
    const plan = this.#planIngress(entry, object, view);
    if (view.isPending()) return { kind: 'done' };
    await this.#keep(entry, object, undefined);
    if (cluster !== undefined && object.kind === 'Broker')
      entry.dataPlane = await cluster.dataPlanes.ensure(object, view);
    this.#adoptSecret(entry, plan, view);

    for (const other of topics.claim(entry, plan.topic)) wake(other);
    const before = forTriggers(entry);
    const clusterBefore = entry.readyTopic;
    const told = entry.topic;
    const result = await reconcileIngress(entry, plan, {
      kafka,
      view,
      triggers: () => entries.triggersOf(entry.key),
      ownerOf: (topic) => topics.otherOwner(entry, topic),
      secretUsed: async ({ secret }) => {
        const namespace = dataPlaneNamespaceOf(object, planning.features(view), planning);
        if (secret !== undefined) await cluster?.secrets.hold(entry, secret, namespace);
      },
      created: (topic) => this.#record(entry, created(topic)),
    });
    if (entry.topic?.kind === 'ready' && entry.topic.message !== undefined && entry.topic !== told)
      this.#record(entry, { type: 'Warning', reason: 'TopicDiffers', message: entry.topic.message });
    assembler.setResource(entry.key, entry.resource);
    settler.changed(entry);
    if (entry.readyTopic !== clusterBefore) clustersChanged();
    // What was used before is let go of when what is used now works.
    if (entry.held.length > 0 && plan.topic !== undefined && entry.readyTopic === plan.topic)
      await cluster?.secrets.release(entry, plan.topic.secret, signal);
    if (forTriggers(entry) !== before) for (const { key } of entries.triggersOf(entry.key)) wake(key);
    return entry.dataPlane?.kind === 'failed' ? { kind: 'retry' } : result;
  }

  async #trigger(entry: TriggerEntry, object: Trigger, view: TrackedView, signal: AbortSignal): Promise<WorkResult> {
    const { planning, assembler, settler, entries, wake, cluster, firstOffsets } = this.#options;
    const plan = planTrigger(object, view, entry.status, planning);
    if (view.isPending()) return { kind: 'done' };
    entries.setBroker(entry, object.spec.broker);
    if (plan === undefined) return this.#leave(entry, object, signal);
    // A Trigger without its Broker is nobody's yet (control-plane 9.5).
    if (plan.broker !== undefined) await this.#keep(entry, object, brokerClassOf(plan.broker, planning.features(view)));
    if (cluster !== undefined) entry.identity = await bringAboutIdentity(cluster.writer, plan);
    const broker = entries.broker(entry.key.namespace, object.spec.broker);
    const result = reconcileTrigger(entry, plan, broker, firstOffsets, () => wake(entry.key));
    const of = { kind: 'Broker', namespace: entry.key.namespace, name: object.spec.broker } as const;
    assembler.setEgress(entry.key, entry.egress === undefined ? undefined : { of, egress: entry.egress });
    settler.changed(entry);
    return entry.identity === undefined ? result : { kind: 'retry' };
  }

  /** A controller that did not write down what it held may have left a Secret that is used no longer. */
  #adoptSecret(entry: IngressEntry, plan: IngressPlan, view: TrackedView): void {
    const { cluster, planning } = this.#options;
    if (cluster === undefined || entry.held.length > 0) return;
    const old = releasedSecret(entry.left, plan.status, entry.key.namespace);
    if (old === undefined) return;
    entry.held = [old];
    cluster.secrets.adopt(entry, dataPlaneNamespaceOf(plan.object, planning.features(view), planning));
  }

  #planIngress(entry: IngressEntry, object: Broker | KafkaSink, view: TrackedView): IngressPlan {
    const { planning } = this.#options;
    return object.kind === 'Broker'
      ? planBroker(object, view, entry.status, planning)
      : planKafkaSink(object, view, planning, entry.status);
  }

  /** Nothing is made for an object before it is sure that it will not go without us. */
  async #keep(entry: Entry, object: ServedResource, brokerClass: string | undefined): Promise<void> {
    const { cluster } = this.#options;
    if (cluster === undefined || entry.hasFinalizer) return;
    await addFinalizer(cluster.writer, object, brokerClass);
    entry.hasFinalizer = true;
  }

  /** The object is somebody else's now: what was ours of it goes, and its data stays. It is looked at again when it changes. */
  async #leave(entry: Entry, object: ServedResource, signal: AbortSignal): Promise<WorkResult> {
    const { entries, settler } = this.#options;
    if (!settler.mayPublish) {
      entry.undecided = false;
      return { kind: 'again', afterMs: againMs };
    }
    this.#takeOut(entry);
    await this.#letGo(entry, object, signal);
    // Kept for the next look, without a plan: nothing is said of it.
    const { key, uid, generation } = entry;
    const next: Entry = { ...newEntry(key, uid, undefined, this.#options.now()), generation, undecided: false };
    entries.set(next);
    if (next.type === 'trigger' && object.kind === 'Trigger') entries.setBroker(next, object.spec.broker);
    return { kind: 'done' };
  }

  /** It is gone, or on its way out. */
  async #depart(entry: Entry, object: ServedResource | undefined, signal: AbortSignal): Promise<WorkResult> {
    const { settler, removals, assembler } = this.#options;
    const data = this.#dataOf(entry, object);
    if (data === undefined) return { kind: 'again', afterMs: againMs };
    entry.undecided = false;
    // What an earlier controller published is served until the first contract is out.
    if (!settler.mayPublish) return { kind: 'again', afterMs: againMs };
    const isServed =
      entry.left !== undefined || (entry.type === 'ingress' ? entry.resource : entry.egress) !== undefined;
    const concerning = this.#resourceOf(entry);
    this.#takeOut(entry);
    const departure: Departure = {
      key: entry.key,
      sinceMs: entry.sinceMs,
      isServed,
      concerning,
      data,
      tell: (event) => this.#record(entry, event),
      release: () => this.#letGo(entry, object, signal),
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
  #takeOut(entry: Entry): void {
    const { entries, assembler, settler } = this.#options;
    if (entry.type === 'ingress') assembler.setResource(entry.key, undefined);
    else assembler.setEgress(entry.key, undefined);
    entries.delete(entry.key);
    settler.forget(entry);
  }

  /** Lets go of everything that is held for an object, its own finalizer last. */
  async #letGo(entry: Entry, object: ServedResource | undefined, signal: AbortSignal): Promise<void> {
    const { cluster, topics, wake, source, clustersChanged, dependencies } = this.#options;
    const { key, uid } = entry;
    if (entry.type === 'ingress') {
      for (const other of topics.release(entry)) wake(other);
      clustersChanged();
    }
    if (cluster === undefined) return;
    if (entry.type === 'ingress') {
      await cluster.secrets.release(entry, undefined, signal);
      if (object?.kind === 'Broker') await cluster.dataPlanes.leave(object);
    }
    const now = source.get(key.kind, key.namespace, key.name);
    if (now?.metadata.uid !== uid) return;
    dependencies.forget(key);
    await removeFinalizers(cluster.writer, now);
  }

  #record({ key, uid }: Entry, event: ObjectEvent): void {
    this.#options.cluster?.writer.record(key, uid, event);
  }
}

function created({ name, partitions, replicationFactor }: TopicPlan): ObjectEvent {
  const message = `Topic ${name} created with ${partitions} partitions and replication factor ${replicationFactor}`;
  return { type: 'Normal', reason: 'TopicCreated', message };
}

/** What Triggers want to know of their Broker beside the object itself. */
function forTriggers({ readyTopic, resource, undecided }: IngressEntry): string {
  return JSON.stringify([readyTopic, resource !== undefined, undecided]);
}
