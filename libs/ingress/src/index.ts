/** The public names of `@eventing-kafka/ingress`, listed one by one. */
export {};
