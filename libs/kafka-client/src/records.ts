/** A header of a record that was read. Names may repeat; order is that of the record. */
export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/** A record as it lies in the topic. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970, as the topic's timestamp type says; −1 when the record has none. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** A header of a record to send. Names may repeat, and a value may be any bytes. */
export interface OutgoingHeader {
  readonly name: string;
  readonly value: string | Buffer;
}

/** A record to send. */
export interface OutgoingRecord {
  readonly topic: string;
  /** With a key the partition is the Java client's (murmur2); without one it is random. */
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly OutgoingHeader[];
  /** Sends to this partition whatever the key. */
  readonly partition?: number;
}

/** Where an acknowledged record lies. */
export interface RecordPosition {
  readonly partition: number;
  readonly offset: number;
}
