/** The public names of `@eventing-kafka/contract-stream`, listed one by one. */
export {};
