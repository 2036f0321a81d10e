import {
  isKafkaError,
  type CommittedOffset,
  type KafkaError,
  type OffsetStore,
  type TopicAdmin,
} from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { PeerWatch, type SignOfLife } from './peer-watch.ts';
import { withinMs } from './within.ts';

/** A feed whose group has other processes as members. */
export interface SharedFeed {
  readonly topic: string;
  readonly groupId: string;
  /** Partitions that are ours. */
  readonly partitions: readonly number[];
  /** How many the topic has. */
  readonly partitionCount: number;
}

/** What {@link SignsOfLife} works with. */
export interface SignsOfLifeOptions {
  /** Of its own: in that of the egresses a sign would wait behind the commits of all. Disposed with this. */
  readonly store: OffsetStore;
  readonly topics: Pick<TopicAdmin, 'removeMembers'>;
  readonly logger: Logger;
  /** Group that the signs are committed to; nobody is a member of it. */
  readonly groupId: string;
  /** Name of this process, which is the `client.id` of its members too. */
  readonly name: string;
  readonly feeds: () => readonly SharedFeed[];
  /** Milliseconds between two signs. */
  readonly intervalMs: number;
}

const writer = 'ek-alive';
/** Who is silent for this many signs is dead. */
const silentSigns = 5;
/** How many places are looked at; signs are given in the first of ours among them. */
const maxPlaces = 300;
/** How long nothing is tried after Kafka refused. */
const refusedPauseMs = 60_000;
const byeTimeoutMs = 1_500;
/** How long Kafka clients of ours remain members without a word from Kafka. */
const sessionTimeoutMs = 45_000;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Notices other dispatchers that died, sooner than Kafka does: it waits until the session of a member is over, six seconds at the very least
 * unless the brokers are set otherwise, and sessions are better long, so that they outlive a restart of Kafka. So each process commits a number that grows, to a group nobody is a member of, in the place of one
 * partition it owns, which nobody else owns at that time. Whoever sees that the number of another stands still, while Kafka takes and tells
 * what is asked of it, ends the memberships of that other: its partitions are shared anew within a second. A process that is started anew
 * ends those of its predecessor like this too.
 *
 * An error here only costs time: who is ended wrongly joins again, and without signs Kafka's own time-out is what counts.
 */
export class SignsOfLife implements AsyncDisposable {
  readonly #options: SignsOfLifeOptions;
  readonly #watch: PeerWatch;
  #beat = 0;
  /** When Kafka told of all signs last. */
  #answeredAtMs = performance.now();
  #place: Place | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: SignsOfLifeOptions) {
    this.#options = options;
    this.#watch = new PeerWatch(silentSigns * options.intervalMs);
  }

  /** Gives signs until it is disposed. */
  static start(options: SignsOfLifeOptions): SignsOfLife {
    const signs = new SignsOfLife(options);
    signs.#schedule(options.intervalMs);
    return signs;
  }

  /** Says that this process left on its own, for which the feeds must be closed by now. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    const bye = this.#place === undefined ? undefined : this.#leave(this.#place);
    // A Kafka that does not answer is not worth waiting for.
    await withinMs(byeTimeoutMs, Promise.all([bye, this.#options.store[Symbol.asyncDispose](), this.#running]));
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#round().then(
        () => this.#schedule(this.#options.intervalMs),
        (error: unknown) => this.#failed(error),
      );
    }, delayMs);
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    const { intervalMs, logger } = this.#options;
    if (isKafkaError(error) && error.retriable && error.code !== 'KAFKA_AUTHORIZATION')
      return this.#schedule(intervalMs);
    logger.warn('dispatchers that die are noticed late, because signs of life cannot be exchanged', { error });
    this.#schedule(refusedPauseMs);
  }

  async #round(): Promise<void> {
    const { groupId, logger, name, store, topics } = this.#options;
    const feeds = this.#options.feeds().toSorted((a, b) => (a.topic < b.topic ? -1 : 1));
    const watched = placesOf(feeds);
    await this.#giveSign(this.#placeIn(watched, feeds));
    if (watched.length === 0) return;
    const requests = Map.groupBy(watched, ({ topic }) => topic);
    const rows = await store.fetch(
      [...requests].map(([topic, places]) => ({
        groupId,
        topic,
        partitions: places.map(({ partition }) => partition),
      })),
    );
    await this.#endOwnGhosts(feeds);
    const silent = this.#watch.look(
      rows.flatMap((row) => signIn(row) ?? []).filter((sign) => sign.name !== name),
      performance.now(),
    );
    if (silent.length === 0 || this.#closed) return;
    const removed = await Promise.all(feeds.map((feed) => topics.removeMembers(feed.groupId, silent)));
    logger.warn('other dispatchers give no sign of life any more', {
      names: silent,
      endedMemberships: removed.reduce((sum, each) => sum + each, 0),
    });
  }

  async #giveSign(place: Place | undefined): Promise<void> {
    const before = this.#place;
    this.#place = place;
    if (before !== undefined && place !== before) await this.#leave(before);
    if (place === undefined) return;
    this.#beat += 1;
    const error = await this.#commit(place, `${writer}:${this.#options.name}`);
    if (error !== undefined) throw error;
  }

  /**
   * Kafka was away for longer than our sessions last. We joined again, or are about to, while it still holds the memberships of before and
   * lets everybody wait until they are over.
   */
  async #endOwnGhosts(feeds: readonly SharedFeed[]): Promise<void> {
    const { name, topics, logger } = this.#options;
    const awayMs = performance.now() - this.#answeredAtMs;
    if (awayMs > sessionTimeoutMs) {
      logger.info('memberships of before Kafka was away are ended', { awayMs: Math.round(awayMs) });
      await Promise.all(feeds.map((feed) => topics.removeMembers(feed.groupId, [name])));
    }
    this.#answeredAtMs = performance.now();
  }

  #placeIn(watched: readonly Place[], feeds: readonly SharedFeed[]): Place | undefined {
    const isOurs = ({ topic, partition }: Place): boolean =>
      feeds.some((feed) => feed.topic === topic && feed.partitions.includes(partition));
    return this.#place !== undefined && isOurs(this.#place) ? this.#place : watched.find(isOurs);
  }

  /** Nobody who lives may be found silent in a place that is not theirs any more. */
  #leave(place: Place): Promise<KafkaError | undefined> {
    return this.#commit(place, '');
  }

  async #commit(place: Place, metadata: string): Promise<KafkaError | undefined> {
    const { groupId, store } = this.#options;
    const [result] = await store.commit([{ groupId, ...place, offset: this.#beat, metadata }]);
    return result?.error;
  }
}

function placesOf(feeds: readonly SharedFeed[]): readonly Place[] {
  const places: Place[] = [];
  for (const { topic, partitionCount } of feeds) {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      if (places.length === maxPlaces) return places;
      places.push({ topic, partition });
    }
  }
  return places;
}

function signIn({ error, offset, metadata }: CommittedOffset): SignOfLife | undefined {
  if (error !== undefined || offset === undefined || !metadata.startsWith(`${writer}:`)) return undefined;
  return { name: metadata.slice(writer.length + 1), beat: offset };
}
