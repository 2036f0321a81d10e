/** The public names of `@eventing-kafka/app-runtime`, listed one by one. */
export {};
