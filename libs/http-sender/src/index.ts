/** The public names of `@eventing-kafka/http-sender`, listed one by one. */
export {};
