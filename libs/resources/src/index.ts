/** The public names of `@eventing-kafka/resources`, listed one by one. */
export {};
