import {
  brokerClassOf,
  dataPlaneNamespaceOf,
  isOurBroker,
  planBroker,
  planKafkaSink,
  planTrigger,
  releasedSecret,
} from '@eventing-kafka/resources';
import type {
  Broker,
  ClusterWriter,
  DataPlaneAccount,
  IdentityFailure,
  IngressPlan,
  KafkaSink,
  ObjectEvent,
  PlanningOptions,
  ResourceSource,
  ServedKey,
  ServedResource,
  TopicPlan,
  Trigger,
  TriggerPlan,
} from '@eventing-kafka/resources';
import type { ContractAssembler } from './contract/contract-assembly.ts';
import type { Departures } from './removal/departures.ts';
import type { Dependencies, TrackedView } from './dependencies.ts';
import { newEntry } from './entries.ts';
import type { Entries, Entry, IngressEntry, TriggerEntry } from './entries.ts';
import { addFinalizer } from './cluster/finalizers.ts';
import type { FirstOffsets } from './kafka/first-offsets.ts';
import { bringAboutIdentity } from './cluster/identities.ts';
import { bringAboutTokens, takeBackTokens } from './cluster/token-uses.ts';
import type { KafkaAccess } from './kafka/kafka-access.ts';
import type { NamespacedDataPlanes } from './cluster/namespaced-data-planes.ts';
import { reconcileIngress } from './reconcile-ingress.ts';
import { reconcileTrigger } from './reconcile-trigger.ts';
import type { Removals } from './removal/removals.ts';
import type { SecretUses } from './cluster/secret-uses.ts';
import type { Settler } from './status/settler.ts';
import type { TopicOwners } from './kafka/topic-owners.ts';
import type { WorkResult } from './queue/work-queue.ts';

/** How soon to look again at what waits for the first contract. */
const againMs = 50;

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
  readonly departures: Departures;
  readonly topics: TopicOwners;
  /** Absent where objects are only read. */
  readonly cluster: ClusterParts | undefined;
  readonly now: () => number;
  readonly wake: (key: ServedKey) => void;
  /** What was waited for in the middle of the work on an object is there. */
  readonly goOn: (key: ServedKey) => void;
  /** Which clusters are needed may be another. */
  readonly clustersChanged: () => void;
}

/** What is done in a cluster beside the status. */
export interface ClusterParts {
  readonly writer: ClusterWriter;
  readonly secrets: SecretUses;
  readonly dataPlanes: NamespacedDataPlanes;
  /** Under which account the dispatchers of a data plane run; an empty namespace is the shared one's. */
  readonly dispatcher: (dataPlaneNamespace: string) => DataPlaneAccount;
}

/** Work on one object: whatever woke it, it is looked at as it is now. */
export class ObjectWorker {
  readonly #options: ObjectWorkerOptions;

  constructor(options: ObjectWorkerOptions) {
    this.#options = options;
  }

  async work(key: ServedKey, signal: AbortSignal): Promise<WorkResult> {
    const { source, entries, removals, dependencies, departures } = this.#options;
    const object = source.get(key.kind, key.namespace, key.name);
    const entry = entries.get(key);
    if (object === undefined) {
      if (!removals.has(key)) dependencies.forget(key);
      return entry === undefined ? removals.proceed(key) : departures.depart(entry, undefined, signal);
    }
    if (object.metadata.deletionTimestamp !== undefined)
      return entry === undefined ? removals.proceed(key) : departures.depart(entry, object, signal);
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
      secretUsed: async (secret) => {
        const namespace = dataPlaneNamespaceOf(object, planning.features(view), planning);
        await cluster?.secrets.hold(entry, secret, namespace);
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
    const { planning, assembler, settler, entries, goOn, cluster, firstOffsets } = this.#options;
    const plan = planTrigger(object, view, entry.status, planning);
    if (view.isPending()) return { kind: 'done' };
    entries.setBroker(entry, object.spec.broker);
    if (plan === undefined) return this.#leave(entry, object, signal);
    // A Trigger without its Broker is nobody's yet (control-plane 9.5).
    if (plan.broker !== undefined) await this.#keep(entry, object, brokerClassOf(plan.broker, planning.features(view)));
    if (cluster !== undefined) entry.identity = await this.#identity(entry, plan, view, cluster);
    const broker = entries.broker(entry.key.namespace, object.spec.broker);
    const servable = entry.identity?.kind === 'no-tokens' ? withoutEgress(plan) : plan;
    const result = reconcileTrigger(entry, servable, broker, firstOffsets, () => goOn(entry.key));
    const of = { kind: 'Broker', namespace: entry.key.namespace, name: object.spec.broker } as const;
    assembler.setEgress(entry.key, entry.egress === undefined ? undefined : { of, egress: entry.egress });
    settler.changed(entry);
    return entry.identity === undefined ? result : { kind: 'retry' };
  }

  /** In whose name events are sent. Gives why that could not be brought about. */
  async #identity(
    entry: TriggerEntry,
    plan: TriggerPlan,
    view: TrackedView,
    { writer, dispatcher }: ClusterParts,
  ): Promise<IdentityFailure | undefined> {
    const { planning } = this.#options;
    const failure = await bringAboutIdentity(writer, plan);
    if (failure !== undefined) return failure;
    const namespace =
      plan.broker === undefined ? '' : dataPlaneNamespaceOf(plan.broker, planning.features(view), planning);
    return bringAboutTokens(writer, entry, plan, dispatcher(namespace));
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
    const { entries, settler, departures, cluster } = this.#options;
    if (!settler.mayPublish) {
      entry.undecided = false;
      return { kind: 'again', afterMs: againMs };
    }
    departures.takeOut(entry);
    try {
      if (entry.type === 'trigger' && cluster !== undefined) await takeBackTokens(cluster.writer, entry, object);
      await departures.letGo(entry, object, signal);
    } catch (error) {
      // For the next try, without a plan: nothing is said of it meanwhile.
      if (entries.get(entry.key) === undefined) entries.set(Object.assign(entry, { plan: undefined }));
      throw error;
    }
    // Kept for the next look, without a plan: nothing is said of it.
    const { key, uid, generation } = entry;
    const next: Entry = { ...newEntry(key, uid, undefined, this.#options.now()), generation, undecided: false };
    entries.set(next);
    if (next.type === 'trigger' && object.kind === 'Trigger') entries.setBroker(next, object.spec.broker);
    return { kind: 'done' };
  }

  #record({ key, uid }: Entry, event: ObjectEvent): void {
    this.#options.cluster?.writer.record(key, uid, event);
  }
}

/** Nothing is taken into service whose events would go without the tokens that are asked for; what is in service stays. */
function withoutEgress({ egress: _egress, ...plan }: TriggerPlan): TriggerPlan {
  return plan;
}

function created({ name, partitions, replicationFactor }: TopicPlan): ObjectEvent {
  const message = `Topic ${name} created with ${partitions} partitions and replication factor ${replicationFactor}`;
  return { type: 'Normal', reason: 'TopicCreated', message };
}

/** What Triggers want to know of their Broker beside the object itself. */
function forTriggers({ readyTopic, resource, undecided }: IngressEntry): string {
  return JSON.stringify([readyTopic, resource !== undefined, undecided]);
}
