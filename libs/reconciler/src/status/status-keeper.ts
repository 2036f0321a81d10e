import { isDeepStrictEqual } from 'node:util';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import {
  conditionOf,
  ingressConditions,
  servingPhase,
  summarizeConditions,
  triggerConditions,
} from '@eventing-kafka/resources';
import type {
  ConditionMark,
  ObjectEvent,
  ResourceSource,
  ResourceStatus,
  ServingStatus,
} from '@eventing-kafka/resources';
import type { Entries, Entry, IngressEntry, TriggerEntry } from '../entries.ts';
import { withHeldSecrets } from '../cluster/held-secrets.ts';
import type { Transition } from './transition.ts';

/** What is told to whom when a status changes. */
export interface StatusKeeperOptions {
  readonly contractServer: Pick<ContractServer, 'servingStatus'>;
  readonly now: () => number;
  readonly tell: (transition: Transition) => void;
  /** As {@link ResourceSource.placeOf}. */
  readonly placeOf: NonNullable<ResourceSource['placeOf']>;
  /** Something that whoever looks at the object should notice. */
  readonly event: (entry: Entry, event: ObjectEvent) => void;
  /** The status is another than before and should be written where users look for it. */
  readonly changed: (entry: Entry) => void;
}

/** Derives the status of objects from what is known, and tells what is new about it. */
export class StatusKeeper {
  readonly #options: StatusKeeperOptions;
  /** In the contract, and not served by everybody yet: what the data plane answers concerns them. */
  readonly #awaiting = new Set<Entry>();

  constructor(options: StatusKeeperOptions) {
    this.#options = options;
  }

  /** Objects whose status hangs on answers that are still to come. */
  get awaiting(): ReadonlySet<Entry> {
    return this.#awaiting;
  }

  /** The object is gone. */
  forget(entry: Entry): void {
    this.#awaiting.delete(entry);
  }

  /** Looks at objects; Brokers first, and at the Triggers of those that changed, as Triggers speak of them. */
  refresh(dirty: Iterable<Entry>, entries: Entries): void {
    const triggers = new Set<TriggerEntry>();
    for (const entry of dirty) {
      if (entry.type === 'trigger') triggers.add(entry);
      else if (this.#refreshIngress(entry)) for (const trigger of entries.triggersOf(entry.key)) triggers.add(trigger);
    }
    for (const entry of triggers) this.#refreshTrigger(entry, entries);
  }

  /** Whether Triggers have something new to say of it. */
  #refreshIngress(entry: IngressEntry): boolean {
    const { plan, topic, publish, status } = entry;
    if (plan === undefined) return false;
    const serving = this.#serving(entry, 'receiver', entry.uid);
    if (!isNews(entry, [plan, topic, publish, entry.held, entry.dataPlane, ...partsOf(serving)])) return false;
    const marks = ingressConditions({
      plan,
      ...(topic === undefined ? {} : { topic }),
      ...(publish === undefined ? {} : { publish }),
      serving,
      hasAddress: status?.address !== undefined,
      ...(entry.dataPlane === undefined ? {} : { dataPlane: entry.dataPlane }),
    });
    const isAddressable = marks.some((mark) => mark.type === 'Addressable' && mark.status === 'True');
    const annotations = { ...withHeldSecrets(plan.status.annotations, entry.held) };
    if (topic?.kind === 'ready' && plan.topic !== undefined && plan.object.kind === 'Broker')
      annotations['default.topic'] = plan.topic.name;
    const before = forTriggers(entry);
    this.#take(entry, marks, {
      ...plan.status,
      annotations,
      ...(isAddressable ? { address: plan.address, addresses: plan.addresses } : {}),
      observedGeneration: plan.object.metadata.generation,
    });
    return forTriggers(entry) !== before;
  }

  #refreshTrigger(entry: TriggerEntry, entries: Entries): void {
    const { plan, offsets, publish } = entry;
    if (plan === undefined) return;
    const broker =
      plan.broker === undefined ? undefined : entries.broker(plan.broker.metadata.namespace, plan.broker.metadata.name);
    const ready = broker?.status === undefined ? undefined : conditionOf(broker.status.conditions, 'Ready');
    const serving = this.#serving(entry, 'dispatcher', plan.broker?.metadata.uid ?? '', entry.uid);
    if (!isNews(entry, [plan, offsets, publish, ready, broker?.phase, entry.identity, ...partsOf(serving)])) return;
    const marks = triggerConditions({
      plan,
      ...(ready === undefined ? {} : { brokerReady: { condition: ready, waiting: broker?.phase === 'waiting' } }),
      ...(offsets === undefined ? {} : { offsets }),
      ...(publish === undefined ? {} : { publish }),
      serving,
      ...(entry.identity === undefined ? {} : { identity: entry.identity }),
    });
    this.#take(entry, marks, { ...plan.status, observedGeneration: plan.trigger.metadata.generation });
  }

  #serving(entry: Entry, kind: 'receiver' | 'dispatcher', uid: string, egressUid?: string): ServingStatus {
    const serving = this.#options.contractServer.servingStatus(kind, uid, egressUid);
    if (serving.kind === 'serving' || entry.publish?.kind !== 'published') this.#awaiting.delete(entry);
    else this.#awaiting.add(entry);
    return serving;
  }

  #take(entry: Entry, marks: readonly ConditionMark[], fields: Omit<ResourceStatus, 'conditions'>): void {
    const before = entry.status;
    const conditions = summarizeConditions(
      marks,
      before?.conditions ?? [],
      new Date(this.#options.now()).toISOString(),
    );
    const status: ResourceStatus = { ...fields, conditions };
    entry.phase = servingPhase(marks);
    if (isReady(status) && !isReady(before))
      this.#options.event(entry, { type: 'Normal', reason: 'Serving', message: 'Every data-plane process serves it' });
    if (!isDeepStrictEqual(before, status)) {
      entry.status = status;
      this.#options.changed(entry);
    }
    // The plan is of an older version of the object: nothing to say about the one that people see.
    if (fields.observedGeneration === entry.generation) this.#tell(entry, marks);
  }

  #tell(entry: Entry, marks: readonly ConditionMark[]): void {
    const { key } = entry;
    const now = this.#options.now();
    if (entry.phase === 'serving') {
      if (entry.told === 'serving') return;
      entry.told = 'serving';
      this.#options.tell({ kind: 'serving', key, afterMs: now - entry.sinceMs });
      return;
    }
    if (entry.told === 'serving') {
      entry.told = '';
      entry.sinceMs = now;
    }
    if (entry.phase !== 'refused') return;
    const cause = marks.find((mark) => mark.status === 'False' && mark.waiting !== true);
    const { reason = '', message = '' } = cause ?? {};
    const why = JSON.stringify([reason, message]);
    if (entry.told === why) return;
    entry.told = why;
    const place = cause?.path === undefined ? undefined : this.#options.placeOf(key, cause.path);
    const isServed = entry.type === 'ingress' ? entry.resource !== undefined : entry.egress !== undefined;
    // What is wrong with a Broker is told of it once, and not again of each of its Triggers.
    if (cause?.type !== 'BrokerReady' || (entry.type === 'trigger' && entry.plan?.broker === undefined))
      this.#options.event(entry, {
        type: 'Warning',
        reason: 'NotServing',
        message: message === '' ? reason : `${reason}: ${message}`,
      });
    this.#options.tell({
      kind: 'refused',
      key,
      reason,
      message,
      previousGoesOn: isServed && entry.publish?.kind === 'published',
      ...(place === undefined ? {} : { place }),
    });
  }
}

function isReady(status: ResourceStatus | undefined): boolean {
  return status !== undefined && conditionOf(status.conditions, 'Ready')?.status === 'True';
}

/** What Triggers say of their Broker. */
function forTriggers({ status, phase }: IngressEntry): string {
  const ready = status === undefined ? undefined : conditionOf(status.conditions, 'Ready');
  return JSON.stringify([phase, ready?.status, ready?.reason, ready?.message]);
}

/** Whether a status is derived from other things than the last time; the same things give the same status. */
function isNews(entry: Entry, inputs: readonly unknown[]): boolean {
  const { derivedFrom } = entry;
  if (derivedFrom.length === inputs.length && derivedFrom.every((input, index) => input === inputs[index]))
    return false;
  entry.derivedFrom = inputs;
  return true;
}

/** A serving status as values that can be compared. */
function partsOf(serving: ServingStatus): readonly unknown[] {
  switch (serving.kind) {
    case 'serving':
    case 'no-process':
      return [serving.kind];
    case 'pending':
      return [serving.kind, JSON.stringify(serving)];
    case 'refused':
      return [serving.kind, JSON.stringify(serving.refusals)];
  }
}
