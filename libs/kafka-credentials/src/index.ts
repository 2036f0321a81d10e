/** The public names of `@eventing-kafka/kafka-credentials`, listed one by one. */
export {};
