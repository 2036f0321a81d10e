import type { ClusterReference, ServedKey, TopicPlan } from '@eventing-kafka/resources';
import { Claims } from './claims.ts';
import type { Entries, IngressEntry } from '../entries.ts';
import { wasReady } from '../reconcile-ingress.ts';

/**
 * Whose topic is whose. A managed topic belongs to one Broker or KafkaSink: the one that had it before this controller started, else the
 * one that asked first. Another one that wants it as its own would read and delete what is not its (security 5, X16). To write to it as
 * somebody else's topic, as a KafkaSink may, claims nothing.
 */
export class TopicOwners {
  readonly #claims = new Claims();
  readonly #entries: Entries;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** An object wants this topic and no other. Gives those for whom that changes who owns what they want. */
  claim(entry: IngressEntry, topic: TopicPlan | undefined): readonly ServedKey[] {
    // What cannot be told now says nothing about whose the topic is that it had.
    if (topic === undefined) return [];
    if (topic.ownership === 'external') return this.release(entry);
    return this.#set(entry, wasReady(entry, topic) ? 0 : 1, [topicText(topic)]);
  }

  /** An object wants no topic any more. */
  release(entry: IngressEntry): readonly ServedKey[] {
    return this.#set(entry, 0, []);
  }

  /** Text of the object that has this topic; undefined: this one, or none. */
  otherOwner(entry: IngressEntry, topic: TopicPlan): string | undefined {
    if (topic.ownership === 'external') return undefined;
    const owner = this.#claims.ownerOf(topicText(topic));
    return owner === entry.text ? undefined : owner;
  }

  /** Whether a topic that was this object's is another's by now, and has to stay. */
  hasOtherOwner(entry: IngressEntry, { bootstrapServers }: ClusterReference, name: string): boolean {
    const owner = this.#claims.ownerOf(topicText({ bootstrapServers, name }));
    return owner !== undefined && owner !== entry.text;
  }

  #set(entry: IngressEntry, rank: number, values: readonly string[]): readonly ServedKey[] {
    return [...this.#claims.set(entry.text, rank, values)].flatMap((text) => this.#entries.byText(text)?.key ?? []);
  }
}

/** A topic as text. Servers of one cluster in another order are the same cluster; under other names they cannot be told to be. */
function topicText({ bootstrapServers, name }: Pick<TopicPlan, 'bootstrapServers' | 'name'>): string {
  return JSON.stringify([bootstrapServers.split(',').toSorted(), name]);
}
