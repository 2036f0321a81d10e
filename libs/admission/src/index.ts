/** The public names of `@eventing-kafka/admission`, listed one by one. */
export {};
