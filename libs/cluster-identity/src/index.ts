/** The public names of `@eventing-kafka/cluster-identity`, listed one by one. */
export {};
