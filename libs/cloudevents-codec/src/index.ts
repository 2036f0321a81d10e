/** The public names of `@eventing-kafka/cloudevents-codec`, listed one by one. */
export {};
