/** The public names of `@eventing-kafka/event-viewer`, listed one by one. */
export {};
