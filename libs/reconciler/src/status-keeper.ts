import { isDeepStrictEqual } from 'node:util';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import {
  conditionOf,
  ingressConditions,
  servingPhase,
  summarizeConditions,
  triggerConditions,
} from '@eventing-kafka/resources';
import type { ConditionMark, ResourceSource, ResourceStatus, ServingStatus } from '@eventing-kafka/resources';
import type { Entries, Entry, IngressEntry, TriggerEntry } from './entries.ts';
import type { Transition } from './transition.ts';

/** What is told to whom when a status changes. */
export interface StatusKeeperOptions {
  readonly contractServer: Pick<ContractServer, 'servingStatus'>;
  readonly now: () => number;
  readonly tell: (transition: Transition) => void;
  /** As {@link ResourceSource.placeOf}. */
  readonly placeOf: NonNullable<ResourceSource['placeOf']>;
  /** The status is another than before and should be written where users look for it. */
  readonly changed: (entry: Entry) => void;
}

/** Derives the status of every object from what is known, and tells what is new about it. */
export class StatusKeeper {
  readonly #options: StatusKeeperOptions;

  constructor(options: StatusKeeperOptions) {
    this.#options = options;
  }

  /**
   * Looks at all objects; Brokers first, as Triggers speak of them. Until the first contract is out, what an earlier controller
   * said of an object stands: it is still being served.
   */
  refresh(entries: Entries, hasPublished: boolean): void {
    const isOurs = ({ left }: Entry): boolean => hasPublished || left === undefined;
    for (const entry of entries.ingresses()) if (isOurs(entry)) this.#refreshIngress(entry);
    for (const entry of entries.triggers()) if (isOurs(entry)) this.#refreshTrigger(entry, entries);
  }

  #refreshIngress(entry: IngressEntry): void {
    const { plan, topic, publish, status } = entry;
    if (plan === undefined) return;
    const uid = plan.object.metadata.uid;
    const serving = this.#serving('receiver', uid);
    if (!isNews(entry, [plan, topic, publish, ...partsOf(serving)])) return;
    const marks = ingressConditions({
      plan,
      ...(topic === undefined ? {} : { topic }),
      ...(publish === undefined ? {} : { publish }),
      serving,
      hasAddress: status?.address !== undefined,
    });
    const isAddressable = marks.some((mark) => mark.type === 'Addressable' && mark.status === 'True');
    const annotations = { ...plan.status.annotations };
    if (topic?.kind === 'ready' && plan.topic !== undefined && plan.object.kind === 'Broker')
      annotations['default.topic'] = plan.topic.name;
    this.#take(entry, marks, {
      ...plan.status,
      annotations,
      ...(isAddressable ? { address: plan.address, addresses: [plan.address] } : {}),
      observedGeneration: plan.object.metadata.generation,
    });
  }

  #refreshTrigger(entry: TriggerEntry, entries: Entries): void {
    const { plan, offsets, publish } = entry;
    if (plan === undefined) return;
    const broker =
      plan.broker === undefined ? undefined : entries.broker(plan.broker.metadata.namespace, plan.broker.metadata.name);
    const ready = broker?.status === undefined ? undefined : conditionOf(broker.status.conditions, 'Ready');
    const serving = this.#serving('dispatcher', plan.broker?.metadata.uid ?? '', plan.trigger.metadata.uid);
    if (!isNews(entry, [plan, offsets, publish, ready, broker?.phase, ...partsOf(serving)])) return;
    const marks = triggerConditions({
      plan,
      ...(ready === undefined ? {} : { brokerReady: { condition: ready, waiting: broker?.phase === 'waiting' } }),
      ...(offsets === undefined ? {} : { offsets }),
      ...(publish === undefined ? {} : { publish }),
      serving,
    });
    this.#take(entry, marks, { ...plan.status, observedGeneration: plan.trigger.metadata.generation });
  }

  #serving(kind: 'receiver' | 'dispatcher', uid: string, egressUid?: string): ServingStatus {
    return this.#options.contractServer.servingStatus(kind, uid, egressUid);
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
      return [serving.kind, serving.nodeIds.join()];
    case 'refused':
      return [serving.kind, JSON.stringify(serving.refusals)];
  }
}
