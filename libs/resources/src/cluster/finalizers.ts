import { namespacedBrokerClass } from '../objects/broker-class.ts';
import type { ServedResource } from '../objects/resource-types.ts';

const brokerFinalizer = 'brokers.eventing.knative.dev';
const triggerFinalizer = 'kafka.triggers.eventing.knative.dev';
const namespacedTriggerFinalizer = 'kafka.namespaced.triggers.eventing.knative.dev';
const sinkFinalizer = 'kafkasinks.eventing.knative.dev';

const finalizersByKind: Readonly<Record<ServedResource['kind'], readonly string[]>> = {
  Broker: [brokerFinalizer],
  // Under OIDC upstream puts both on a Trigger (control-plane 9.5); whichever is there is ours to remove.
  Trigger: [triggerFinalizer, namespacedTriggerFinalizer],
  KafkaSink: [sinkFinalizer],
};

/** The finalizer that keeps an object until what was made for it is gone; a Trigger's depends on the class of its Broker (control-plane 1.1). */
export function finalizerOf(object: Pick<ServedResource, 'kind'>, brokerClass?: string): string {
  if (object.kind === 'Trigger' && brokerClass === namespacedBrokerClass) return namespacedTriggerFinalizer;
  const [finalizer = ''] = finalizersByKind[object.kind];
  return finalizer;
}

/** Finalizers on an object that are ours to remove. None: it is let go without us. */
export function ownFinalizers({ kind, metadata }: Pick<ServedResource, 'kind' | 'metadata'>): readonly string[] {
  return finalizersByKind[kind].filter((finalizer) => metadata.finalizers?.includes(finalizer) === true);
}

/** The finalizer that keeps the Secret of a Broker as long as the Broker needs it (control-plane 7.3.7). */
export function secretFinalizer(brokerUid: string): string {
  return `kafka.eventing/${brokerUid}`;
}
