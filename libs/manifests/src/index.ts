/** The public names of `@eventing-kafka/manifests`, listed one by one. */
export {};
