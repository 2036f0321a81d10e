/** The public names of `@eventing-kafka/kafka-client`, listed one by one. */
export {};
