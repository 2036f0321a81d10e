/** Annotation that says which implementation serves a Broker. */
export const brokerClassAnnotation = 'eventing.knative.dev/broker.class';

/** The class whose Brokers share one data plane. */
export const sharedBrokerClass = 'Kafka';
/** The class whose Brokers have a data plane in their own namespace. */
export const namespacedBrokerClass = 'KafkaNamespaced';

/** The classes of Brokers served here. */
export const brokerClasses: readonly string[] = [sharedBrokerClass, namespacedBrokerClass];
