/** The public names of `@eventing-kafka/filters`, listed one by one. */
export {};
