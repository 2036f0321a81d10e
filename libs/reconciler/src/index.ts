/** The public names of `@eventing-kafka/reconciler`, listed one by one. */
export {};
