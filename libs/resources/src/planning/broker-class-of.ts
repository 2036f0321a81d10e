import { defaultBrokerClass } from '../features/broker-defaults.ts';
import type { Features } from '../features/features.ts';
import { brokerClassAnnotation, brokerClasses, sharedBrokerClass } from '../objects/broker-class.ts';
import type { Broker } from '../objects/resource-types.ts';

/** The class of a Broker: its own, else the default of its namespace or cluster, else `Kafka`. */
export function brokerClassOf(broker: Broker, features?: Pick<Features, 'brokerDefaults'>): string {
  const own = broker.metadata.annotations[brokerClassAnnotation];
  if (own !== undefined) return own;
  const byDefault = features && defaultBrokerClass(features.brokerDefaults, broker.metadata.namespace);
  return byDefault ?? sharedBrokerClass;
}

/** Whether a Broker is served here. One without a class is, unless the features say that such a Broker has another class. */
export function isOurBroker(broker: Broker, features?: Pick<Features, 'brokerDefaults'>): boolean {
  return brokerClasses.includes(brokerClassOf(broker, features));
}
