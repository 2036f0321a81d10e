/** The public names of `@eventing-kafka/delivery`, listed one by one. */
export {};
