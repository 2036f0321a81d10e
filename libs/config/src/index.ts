/** The public names of `@eventing-kafka/config`, listed one by one. */
export {};
