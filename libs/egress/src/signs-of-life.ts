import {
  isKafkaError,
  type CommittedOffset,
  type KafkaError,
  type OffsetStore,
  type TopicAdmin,
} from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { PeerWatch, type SignOfLife } from './peer-watch.ts';
import { freePlace, placeKey, signPlaces, type SignPlace } from './sign-places.ts';
import { withinMs } from './within.ts';

/** A feed whose group has other processes as members. */
export interface SharedFeed {
  readonly topic: string;
  readonly groupId: string;
  /** How many partitions the topic has; 0: not known yet. */
  readonly partitionCount: number;
}

/** What {@link SignsOfLife} works with. */
export interface SignsOfLifeOptions {
  /** Of its own: in that of the egresses a sign would wait behind the commits of all. Disposed with this. */
  readonly store: OffsetStore;
  readonly topics: Pick<TopicAdmin, 'removeMembers'>;
  readonly logger: Logger;
  /** Beginning of the names of the groups that the signs are committed to; nobody is a member of them. */
  readonly groupIdPrefix: string;
  /** Name of this process, which is the `client.id` of its members too. */
  readonly name: string;
  readonly feeds: () => readonly SharedFeed[];
  /** Milliseconds between two signs. */
  readonly intervalMs: number;
}

const writer = 'ek-alive';
/** Who is silent for this many signs is dead. */
const silentSigns = 5;
/** How long nothing is tried after Kafka refused. */
const refusedPauseMs = 60_000;
const byeTimeoutMs = 1_500;
/** How long Kafka clients of ours remain members without a word from Kafka. */
const sessionTimeoutMs = 25_000;
/** How soon the first sign is given, once there are feeds. */
const firstIntervalMs = 50;

/**
 * Notices other dispatchers that died, sooner than Kafka does: it waits until the session of a member is over, six seconds at the very least
 * unless the brokers are set otherwise, and sessions are better long, so that they outlive a restart of Kafka. So each process commits a
 * number that grows, to a group nobody is a member of, in a place that nobody else has. Whoever sees that the number of another stands
 * still, while Kafka takes and tells what is asked of it, ends the memberships of that other: its partitions are shared anew within a
 * second. A process that is started anew ends those of its predecessor like this too.
 *
 * An error here only costs time: who is ended wrongly joins again and is given more time from then on, and without signs Kafka's own time-out is what counts.
 */
export class SignsOfLife implements AsyncDisposable {
  readonly #options: SignsOfLifeOptions;
  readonly #watch: PeerWatch;
  #beat = 0;
  /** When Kafka told of all signs last. */
  #answeredAtMs = performance.now();
  #place: SignPlace | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: SignsOfLifeOptions) {
    this.#options = options;
    this.#watch = new PeerWatch(silentSigns * options.intervalMs, sessionTimeoutMs);
  }

  /** Gives signs until it is disposed. */
  static start(options: SignsOfLifeOptions): SignsOfLife {
    const signs = new SignsOfLife(options);
    signs.#schedule(firstIntervalMs);
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
        () => this.#schedule(this.#place === undefined ? firstIntervalMs : this.#options.intervalMs),
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
    // Who refuses is there: our memberships last through the pause.
    this.#answeredAtMs = performance.now() + refusedPauseMs;
    this.#schedule(refusedPauseMs);
  }

  async #round(): Promise<void> {
    const { groupIdPrefix, name, store } = this.#options;
    const feeds = this.#options.feeds();
    const places = signPlaces(groupIdPrefix, feeds);
    if (places.length === 0) {
      // Without feeds there are no memberships that Kafka could hold, and nothing is asked of it.
      this.#answeredAtMs = performance.now();
      return;
    }
    const byGroup = Map.groupBy(places, ({ groupId, topic }) => JSON.stringify([groupId, topic]));
    const rows = await store.fetch(
      [...byGroup.values()].flatMap((same) => {
        const [first] = same;
        return first === undefined ? [] : [{ ...first, partitions: same.map(({ partition }) => partition) }];
      }),
    );
    const signs = rows.flatMap((row) => signIn(row) ?? []);
    await this.#giveSign(places, signs);
    await this.#endOwnGhosts(feeds);
    const silent = this.#watch.look(
      signs.filter((sign) => sign.name !== name),
      performance.now(),
    );
    if (silent.length > 0 && !this.#closed) await this.#endMemberships(silent, feeds, signs);
  }

  async #endMemberships(
    silent: readonly string[],
    feeds: readonly SharedFeed[],
    signs: readonly PlacedSign[],
  ): Promise<void> {
    const { logger, topics } = this.#options;
    const removed = await Promise.all(feeds.map((feed) => topics.removeMembers(feed.groupId, silent)));
    logger.warn('other dispatchers give no sign of life any more', {
      names: silent,
      endedMemberships: removed.reduce((sum, each) => sum + each, 0),
    });
    await Promise.all(signs.filter(({ name }) => silent.includes(name)).map(({ place }) => this.#leave(place)));
  }

  /** In the place of the last one, unless that is not read any more, or somebody chose it too. */
  async #giveSign(places: readonly SignPlace[], signs: readonly PlacedSign[]): Promise<void> {
    const { name } = this.#options;
    const names = new Map(signs.map((sign) => [placeKey(sign.place), sign.name]));
    const before = this.#place;
    const isRead = before !== undefined && places.some((place) => placeKey(place) === placeKey(before));
    const isMine = before !== undefined && names.get(placeKey(before)) === name;
    if (!isRead || !isMine) {
      this.#place = freePlace(places, new Set(names.keys()), Math.random());
      if (before !== undefined && !isRead) await this.#leave(before);
    }
    if (this.#place === undefined) return;
    this.#beat += 1;
    const error = await this.#commit(this.#place, `${writer}:${name}`);
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

  /** Nobody who lives may be found silent in a place that is not theirs any more. */
  #leave(place: SignPlace): Promise<KafkaError | undefined> {
    return this.#commit(place, '');
  }

  async #commit(place: SignPlace, metadata: string): Promise<KafkaError | undefined> {
    const [result] = await this.#options.store.commit([{ ...place, offset: this.#beat, metadata }]);
    return result?.error;
  }
}

/** A sign of life, and where it was found. */
interface PlacedSign extends SignOfLife {
  readonly place: SignPlace;
}

function signIn({ error, groupId, topic, partition, offset, metadata }: CommittedOffset): PlacedSign | undefined {
  if (error !== undefined || offset === undefined || !metadata.startsWith(`${writer}:`)) return undefined;
  return { name: metadata.slice(writer.length + 1), beat: offset, place: { groupId, topic, partition } };
}
