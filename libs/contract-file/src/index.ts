/** The public names of `@eventing-kafka/contract-file`, listed one by one. */
export {};
