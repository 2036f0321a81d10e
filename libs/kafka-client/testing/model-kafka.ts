import { NetworkError, Reader, readRecordsBatch, ResponseError } from '@platformatic/kafka';
import type { Broker, metadataV12 } from '@platformatic/kafka';
import type { KafkaWire, LeaderLink, LeaderLinkEvents } from '../src/producer/kafka-wire.ts';
import type { AddressedBatch, PartitionAnswer, ProduceAnswer } from '../src/producer/produce-request.ts';
import type { ProducerIdentity } from '../src/producer/record-batch.ts';

/** What happens to a batch: the broker's own word, an error code before or after it was appended, or no answer, before or after. */
export type Fate =
  'word' | { readonly before: number } | { readonly after: number } | 'lost before' | 'lost after' | 'silence';

interface Sequence {
  readonly epoch: number;
  last: number;
  /** The last five batches, which a broker knows again. */
  readonly recent: { readonly first: number; readonly last: number; readonly offset: number }[];
}

/** The log of a partition, as one leader keeps it. */
export class ModelLog {
  readonly values: string[] = [];
  readonly batches: { readonly producerId: bigint; readonly sequence: number; readonly records: number }[] = [];
  readonly #sequences = new Map<bigint, Sequence>();

  /** As a leader appends (KIP-98): a batch that is known is not appended again, one that leaves a gap is refused. */
  append(encoded: Buffer, maxBatchBytes: number): PartitionAnswer {
    const batch = readRecordsBatch(Reader.from(encoded));
    if (encoded.length > maxBatchBytes) return { errorCode: 10, baseOffset: -1 };
    const first = batch.firstSequence;
    const last = first + batch.lastOffsetDelta;
    const known = this.#sequences.get(batch.producerId);
    const same = known?.recent.find((each) => each.first === first && each.last === last);
    if (same !== undefined) return { errorCode: 0, baseOffset: same.offset };
    if (known !== undefined && (known.epoch !== batch.producerEpoch || first !== known.last + 1))
      return { errorCode: 45, baseOffset: -1 };
    const offset = this.values.length;
    for (const record of batch.records) this.values.push(record.value?.toString() ?? '');
    this.batches.push({ producerId: batch.producerId, sequence: first, records: batch.records.length });
    const sequence = known ?? { epoch: batch.producerEpoch, last, recent: [] };
    sequence.last = last;
    sequence.recent.push({ first, last, offset });
    if (sequence.recent.length > 5) sequence.recent.shift();
    this.#sequences.set(batch.producerId, sequence);
    return { errorCode: 0, baseOffset: offset };
  }
}

/** How a {@link ModelKafka} behaves. */
export interface ModelKafkaOptions {
  readonly partitions?: number;
  readonly brokers?: number;
  readonly maxBatchBytes?: number;
  /** Default: always the broker's own word. */
  readonly fate?: (batch: AddressedBatch) => Fate;
  /** Error code of a topic in metadata. */
  readonly topicError?: (topic: string) => number;
  /** Error codes of the first questions for an identity. */
  readonly identityErrors?: readonly number[];
  /** How long an answer takes, in milliseconds. */
  readonly delayMs?: () => number;
}

/** What brokers do with what a producer sends, in a few lines: the model that the producer is tested against. */
export class ModelKafka implements KafkaWire {
  readonly logs: ModelLog[];
  readonly leaders: number[];
  /** Topics of every question about metadata. */
  readonly asked: string[][] = [];
  /** How many were given out. */
  identities = 0;
  /** Batches refused as too large that had been sent before: a producer cannot know that the earlier try did not arrive. */
  tooLargeAgain = 0;
  readonly #seen = new Set<string>();
  /** Rejects everything. */
  away: Error | undefined;
  /** Where brokers listen: a link to an address of before leads nowhere. */
  host = 'model';
  readonly #options: ModelKafkaOptions;
  readonly #brokers: number;
  readonly #identityErrors: number[];

  constructor(options: ModelKafkaOptions = {}) {
    this.#options = options;
    this.#brokers = options.brokers ?? 1;
    this.#identityErrors = [...(options.identityErrors ?? [])];
    this.logs = Array.from({ length: options.partitions ?? 1 }, () => new ModelLog());
    this.leaders = this.logs.map((_, index) => index % this.#brokers);
  }

  async metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse> {
    await this.#turn();
    this.asked.push([...topics]);
    return {
      throttleTimeMs: 0,
      brokers: Array.from({ length: this.#brokers }, (_, nodeId) => ({
        nodeId,
        host: this.host,
        port: nodeId,
        rack: null,
      })),
      clusterId: null,
      controllerId: 0,
      topics: topics.map((name) => ({
        errorCode: this.#options.topicError?.(name) ?? 0,
        name,
        topicId: '',
        isInternal: false,
        partitions: this.leaders.map((leaderId, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId,
          leaderEpoch: 0,
          replicaNodes: [],
          isrNodes: [],
          offlineReplicas: [],
        })),
        topicAuthorizedOperations: 0,
      })),
    };
  }

  async producerIdentity(): Promise<ProducerIdentity> {
    await this.#turn();
    const errorCode = this.#identityErrors.shift();
    if (errorCode !== undefined) throw new ResponseError(22, 4, { '/': [errorCode, null] }, {});
    this.identities += 1;
    return { producerId: BigInt(this.identities), epoch: 0 };
  }

  link(broker: Broker, events: LeaderLinkEvents): LeaderLink {
    return new ModelLink(broker, events, this);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What the broker says to the batches; rejects when the answer gets lost. */
  async produce(brokerId: number, batches: readonly AddressedBatch[]): Promise<ProduceAnswer> {
    await this.#turn();
    const answers = new Map<string, PartitionAnswer>();
    let lost = false;
    for (const batch of batches) {
      const fate = this.leaders[batch.partition] === brokerId ? (this.#options.fate?.(batch) ?? 'word') : { before: 6 };
      const known = this.#isKnown(batch);
      if (fate === 'silence') await new Promise(() => undefined);
      lost ||= fate === 'lost before' || fate === 'lost after';
      if (fate === 'lost before') continue;
      const answer =
        typeof fate === 'object' && 'before' in fate
          ? { errorCode: fate.before, baseOffset: -1 }
          : (this.logs[batch.partition] as ModelLog).append(batch.encoded, this.#options.maxBatchBytes ?? Infinity);
      const told =
        typeof fate === 'object' && 'after' in fate && answer.errorCode === 0
          ? { errorCode: fate.after, baseOffset: -1 }
          : answer;
      answers.set(`${batch.topic} ${batch.partition}`, told);
      if (told.errorCode === 10 && known) this.tooLargeAgain += 1;
    }
    await this.#turn();
    if (lost) throw new NetworkError('the connection was lost');
    return { throttleMs: 0, of: (topic, partition) => answers.get(`${topic} ${partition}`) };
  }

  /** Whether this batch was sent before, to whomever. */
  #isKnown({ topic, partition, encoded }: AddressedBatch): boolean {
    const { producerId, firstSequence, lastOffsetDelta } = readRecordsBatch(Reader.from(encoded));
    const name = [topic, partition, producerId, firstSequence, lastOffsetDelta].join(' ');
    const known = this.#seen.has(name);
    this.#seen.add(name);
    return known;
  }

  #turn(): Promise<void> {
    if (this.away !== undefined) return Promise.reject(this.away);
    return new Promise((resolve) => setTimeout(resolve, this.#options.delayMs?.() ?? 0));
  }
}

class ModelLink implements LeaderLink {
  readonly broker: Broker;
  readonly #events: LeaderLinkEvents;
  readonly #kafka: ModelKafka;
  usable = false;
  #closed = false;

  constructor(broker: Broker, events: LeaderLinkEvents, kafka: ModelKafka) {
    this.broker = broker;
    this.#events = events;
    this.#kafka = kafka;
  }

  connect(): void {
    if (this.#closed) return;
    setImmediate(() => {
      if (this.broker.host !== this.#kafka.host) return this.#events.failed(new NetworkError('nobody listens there'));
      this.usable = true;
      this.#events.ready();
    });
  }

  async produce(batches: readonly AddressedBatch[]): Promise<ProduceAnswer> {
    try {
      if (this.broker.host !== this.#kafka.host) throw new NetworkError('nobody listens there any more');
      return await this.#kafka.produce(this.broker.port, batches);
    } catch (error) {
      this.usable = false;
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.usable = false;
  }
}
