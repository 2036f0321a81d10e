import type { Broker, metadataV12 } from '@platformatic/kafka';
import type { AddressedBatch, ProduceAnswer } from './produce-request.ts';
import type { ProducerIdentity } from './record-batch.ts';

/** What a producer says to a cluster. An interface, so that a test can answer in Kafka's place. */
export interface KafkaWire {
  /** Brokers and topics, as the cluster knows them; creates topics where the cluster does so on first use. */
  metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse>;
  /** A new identity (KIP-98). */
  producerIdentity(): Promise<ProducerIdentity>;
  /** A way to one broker, not connected yet. */
  link(broker: Broker, events: LeaderLinkEvents): LeaderLink;
  /** Ends what was asked for metadata and identity; it fails. */
  close(): Promise<void>;
}

/** What becomes of a link. */
export interface LeaderLinkEvents {
  /** It can be used, or may be tried again. */
  readonly ready: () => void;
  /** It could not be made. */
  readonly failed: (error: unknown) => void;
}

/** The connection to one broker. */
export interface LeaderLink {
  readonly broker: Broker;
  /** Whether a request can be sent now. */
  readonly usable: boolean;
  /** Sees to it that it is usable, sooner or later. */
  connect(): void;
  /** Sends batches in one request, acknowledged by all in-sync replicas within `timeoutMs`. Rejects when there is no answer. */
  produce(batches: readonly AddressedBatch[], timeoutMs: number): Promise<ProduceAnswer>;
  /** Ends it; what is under way fails. */
  close(): void;
}
