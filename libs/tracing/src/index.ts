/** The public names of `@eventing-kafka/tracing`, listed one by one. */
export {};
