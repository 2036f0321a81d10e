/** The public names of `@eventing-kafka/certificates`, listed one by one. */
export {};
