/** The public names of `@eventing-kafka/egress`, listed one by one. */
export {};
