/** The public names of `@eventing-kafka/local-kafka`, listed one by one. */
export {};
