import { OffsetTracker } from '@eventing-kafka/delivery';
import type { KafkaError } from '@eventing-kafka/kafka-client';
import { DeliveryLifetime } from './delivery-lifetime.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import type { FilteredWindow } from './filtered-window.ts';
import type { PartitionWindow, WindowCursor } from './partition-window.ts';

/** A position of a group in a partition, as it is committed. */
export interface GroupPosition {
  readonly offset: number;
  readonly metadata: string;
}

/** How progress that is not committed yet would show if it were made again. */
export type Progress = 'none' | 'filtered' | 'delivered';

/** A window that egresses read in. */
export type EgressWindow = PartitionWindow<EgressPartition>;

/** The feed a partition belongs to, as far as its egresses call on it. */
export interface PartitionHost {
  /** The egress is no longer fast enough for its window. */
  evicted(part: EgressPartition): void;
  /** It has progress to commit. */
  moved(part: EgressPartition): void;
  /** It may have room for more. */
  roomier(part: EgressPartition): void;
  /** Kafka does not take its commit. */
  refused(part: EgressPartition, error: KafkaError): void;
  /** Somebody else, an operator most likely, has committed another position. */
  overruled(part: EgressPartition): void;
}

/**
 * One egress in one partition: where it stands, in which window it reads, and what it has completed. It lives as long as this
 * process owns the partition; results of deliveries that come after its end are dropped.
 */
export class EgressPartition implements WindowCursor {
  readonly pipeline: EgressPipeline;
  readonly topic: string;
  readonly partition: number;
  /** The topic as Kafka tells it from others of the same name; undefined: Kafka does not. */
  readonly topicId: string | undefined;
  readonly tracker: OffsetTracker;
  readonly lifetime = new DeliveryLifetime();
  /** Name of this ownership among the lanes of the egress: a partition that comes back is another lane. */
  readonly lane: number;
  nextOffset: number;
  /** Deliveries taken from the window and not finished. */
  taken = 0;
  /** Whether it was given up: what completes now must not be committed. */
  abandoned = false;
  /** Whether what Kafka has of it surely names the topic: its last commit had room for the id. */
  isSigned = true;
  /** What is not committed yet. */
  progress: Progress = 'none';
  /** The committed position and when that was, for idle commits. */
  committedOffset: number;
  committedRevision: number;
  committedAtMs: number;
  #window: EgressWindow | undefined;
  #view: FilteredWindow | undefined;
  #viewKey = '';
  #index = 0;
  #catchingUp = false;
  readonly #host: PartitionHost;

  constructor(
    place: {
      readonly pipeline: EgressPipeline;
      readonly topic: string;
      readonly partition: number;
      readonly topicId: string | undefined;
      readonly nowMs: number;
    },
    position: GroupPosition,
    host: PartitionHost,
  ) {
    this.pipeline = place.pipeline;
    this.topic = place.topic;
    this.partition = place.partition;
    this.topicId = place.topicId;
    this.tracker = new OffsetTracker({
      start: position.offset,
      metadata: position.metadata,
      topicId: place.topicId,
    });
    this.nextOffset = this.tracker.position;
    this.committedOffset = position.offset;
    this.committedRevision = this.tracker.revision;
    this.committedAtMs = place.nowMs;
    this.#host = host;
    this.lane = place.pipeline.newLane();
  }

  get window(): EgressWindow | undefined {
    return this.#window;
  }

  /** Its position was decided by us and has to be committed, even if nothing comes after it. */
  commitStart(): void {
    this.committedRevision = -1;
    this.#moved('delivered');
  }

  /** Whether it reads behind the head of the partition. */
  get catchingUp(): boolean {
    return this.#catchingUp;
  }

  /** Reads in `window` from now on. */
  enter(window: EgressWindow, catchingUp: boolean): void {
    this.leave();
    const { selection } = this.pipeline.plan;
    this.#window = window;
    this.#catchingUp = catchingUp;
    this.#viewKey = selection.key;
    this.#view = window.select(selection);
    this.#index = this.#view.indexFrom(this.nextOffset);
    window.cursors.add(this);
  }

  /** Reads nowhere. */
  leave(): void {
    if (this.#window === undefined) return;
    this.#window.cursors.delete(this);
    this.#window.unselect(this.#viewKey);
    this.#window = undefined;
    this.#view = undefined;
  }

  /** The filter of the egress has changed: looks at what is to come with the new one. */
  reselect(): void {
    if (this.#window !== undefined && this.#viewKey !== this.pipeline.plan.selection.key)
      this.enter(this.#window, this.#catchingUp);
  }

  isHungry(): boolean {
    const view = this.#view;
    return view !== undefined && view.matches.at(this.#index) === undefined && this.pipeline.hasRoom(this);
  }

  evicted(): void {
    this.leave();
    if (!this.lifetime.ended) this.#host.evicted(this);
  }

  /** A delivery ended. */
  roomier(): void {
    this.#host.roomier(this);
  }

  /** Another position than its own is committed, which is not ours to overwrite. */
  overruled(): void {
    this.#host.overruled(this);
  }

  /** Kafka does not take the commit of its progress. */
  refused(error: KafkaError): void {
    this.#host.refused(this, error);
  }

  proceed(): void {
    this.pipeline.proceed(this);
  }

  /** Takes wanted records in order while the egress has room for them; what is not wanted is passed over in one step. */
  take(): void {
    const view = this.#view;
    const window = this.#window;
    if (view === undefined || window === undefined || this.lifetime.ended) return;
    for (;;) {
      const held = view.matches.at(this.#index);
      if (held === undefined) {
        this.#passTo(window.nextOffset);
        return;
      }
      if (held.offset >= this.nextOffset) {
        if (!this.pipeline.mayTake(this, held)) {
          this.#passTo(held.offset);
          return;
        }
        this.nextOffset = held.offset + 1;
        if (this.tracker.received(held.offset)) this.pipeline.take(this, held);
        else this.#moved('filtered');
      }
      this.#index += 1;
    }
  }

  /** A record taken here has its outcome. */
  completed(offset: number): void {
    if (this.tracker.completed(offset)) this.#moved('delivered');
  }

  #passTo(offset: number): void {
    if (offset <= this.nextOffset) return;
    this.nextOffset = offset;
    this.tracker.reached(offset);
    this.#moved('filtered');
  }

  #moved(progress: 'filtered' | 'delivered'): void {
    if (this.progress === 'delivered' || this.progress === progress) return;
    this.progress = progress;
    this.#host.moved(this);
  }
}
