import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { Entries, IngressEntry } from '../entries.ts';
import { ClusterUnavailable } from './kafka-access.ts';
import type { ClusterName, KafkaAccess } from './kafka-access.ts';
import { pause } from '../queue/pause.ts';

/** Topics asked for in one request. */
const topicsAtOnce = 1_000;

/** What looking after topics works with. */
export interface TopicCheckOptions {
  readonly kafka: KafkaAccess;
  readonly entries: Entries;
  readonly everyMs: number;
  /** The topic of this Broker or KafkaSink is gone. */
  readonly missing: (entry: IngressEntry) => void;
  readonly failed: (error: unknown) => void;
}

/** Looks from time to time, with one request for each cluster, whether the topics that were there still are. */
export async function followTopics(options: TopicCheckOptions, signal: AbortSignal): Promise<void> {
  while (await pause(options.everyMs, signal)) {
    const clusters = Map.groupBy(
      [...options.entries.ingresses()].filter(({ readyTopic }) => readyTopic !== undefined),
      ({ readyTopic }) => JSON.stringify([readyTopic?.bootstrapServers, readyTopic?.secret]),
    );
    for (const entries of clusters.values()) {
      try {
        await checkCluster(options, entries);
      } catch (error) {
        // A cluster that is away says nothing of its topics; who needs it finds out.
        if (!(error instanceof ClusterUnavailable) && !isKafkaError(error)) options.failed(error);
      }
    }
  }
}

async function checkCluster({ kafka, missing }: TopicCheckOptions, entries: readonly IngressEntry[]): Promise<void> {
  const cluster: ClusterName | undefined = entries[0]?.readyTopic;
  if (cluster === undefined) return;
  for (let at = 0; at < entries.length; at += topicsAtOnce) {
    const part = entries.slice(at, at + topicsAtOnce).map((entry) => ({ entry, topic: entry.readyTopic }));
    const names = [...new Set(part.flatMap(({ topic }) => topic?.name ?? []))];
    const found = await kafka.use(cluster, ({ admin }) => admin.describeAll(names));
    for (const { entry, topic } of part) {
      // It may have got another one while this was asked.
      if (topic !== undefined && entry.readyTopic === topic && !found.has(topic.name)) missing(entry);
    }
  }
}
