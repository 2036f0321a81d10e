/** The public names of `@eventing-kafka/kubernetes`, listed one by one. */
export {};
