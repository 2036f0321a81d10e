/** The public names of `@eventing-kafka/oidc`, listed one by one. */
export {};
