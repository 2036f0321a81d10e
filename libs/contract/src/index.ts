/** The public names of `@eventing-kafka/contract`, listed one by one. */
export {};
