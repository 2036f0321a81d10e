/** The public names of `@eventing-kafka/kubernetes-source`, listed one by one. */
export {};
