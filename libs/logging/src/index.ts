/** The public names of `@eventing-kafka/logging`, listed one by one. */
export {};
