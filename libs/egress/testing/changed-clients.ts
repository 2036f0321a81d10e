import { KafkaError, type KafkaClients, type OffsetStore } from '@eventing-kafka/kafka-client';

/** Clients of which some calls do what the test says. */
export function changed(clients: KafkaClients, changes: Partial<KafkaClients>): KafkaClients {
  return {
    producer: (cluster, settings) => clients.producer(cluster, settings),
    feed: (cluster, options) => clients.feed(cluster, options),
    reader: (cluster, options) => clients.reader(cluster, options),
    topics: (cluster) => clients.topics(cluster),
    offsets: (cluster) => clients.offsets(cluster),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...changes,
  };
}

/** Clients whose offset store does what the test says with some calls. */
export function withStore(clients: KafkaClients, changes: (store: OffsetStore) => Partial<OffsetStore>): KafkaClients {
  return changed(clients, {
    offsets: async (cluster) => {
      const store = await clients.offsets(cluster);
      return {
        fetch: (requests) => store.fetch(requests),
        commit: (commits) => store.commit(commits),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
        ...changes(store),
      };
    },
  });
}

/** Clients whose offset store refuses commits to one group while it has members, as Kafka does. */
export function withMembers(clients: KafkaClients, group: { readonly id: string; members: boolean }): KafkaClients {
  return withStore(clients, (store) => ({
    commit: async (commits) => {
      const isRefused = ({ groupId }: { groupId: string }): boolean => group.members && groupId === group.id;
      const error = new KafkaError('KAFKA_GROUP_HAS_MEMBERS', `group ${group.id} has members`);
      const results = await store.commit(commits.filter((commit) => !isRefused(commit)));
      return [...results, ...commits.filter(isRefused).map((commit) => ({ ...commit, error }))];
    },
  }));
}
