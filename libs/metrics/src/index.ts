/** The public names of `@eventing-kafka/metrics`, listed one by one. */
export {};
