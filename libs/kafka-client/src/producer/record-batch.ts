import { compressionsAlgorithms, crc32c } from '@platformatic/kafka';
import type { OutgoingHeader } from '../records.ts';
import { ByteWriter, utf8Bytes, varintBytes } from './byte-writer.ts';
import { textOrBytes } from './pending-record.ts';
import type { PendingRecord } from './pending-record.ts';

/** Who a producer is to the brokers (KIP-98): they drop what they have already from it, by the sequence number. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}

/** How record batches may be compressed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Bytes of a batch before its records. */
export const batchHeadBytes = 61;

/** Places in the head of a batch, format 2. */
const lengthAt = 8;
const crcAt = 17;
const attributesAt = 21;

/** The most bytes that a record takes in a batch, beside {@link PendingRecord.encodedBytes}: its length, attributes and deltas. */
export const recordFrameBytes = 16;

/**
 * A record batch of format 2, the only one since Kafka 0.11. The same records with the same identity and sequence are the same
 * to a broker however often they are sent. It is written at the beginning of `space`, which has room for it without compression, and is part
 * of that when it is not compressed.
 */
export function encodeBatch(
  records: readonly PendingRecord[],
  identity: ProducerIdentity,
  sequence: number,
  compression: Compression,
  space: Buffer,
): Buffer {
  const firstMs = records[0]?.timestampMs ?? 0;
  const lastMs = records.reduce((last, record) => Math.max(last, firstMs + deltaMs(record, firstMs)), firstMs);
  const writer = new ByteWriter(space);
  writer.int64(0n); // base offset: the broker's to say
  writer.int32(0); // length, below
  writer.int32(-1); // leader epoch: the broker's to say
  writer.int8(2); // format
  writer.int32(0); // CRC, below
  const algorithm = compressionsAlgorithms[compression];
  writer.int16(algorithm.bitmask);
  writer.int32(records.length - 1);
  writer.int64(BigInt(firstMs));
  writer.int64(BigInt(lastMs));
  writer.int64(identity.producerId);
  writer.int16(identity.epoch);
  writer.int32(sequence);
  writer.int32(records.length);
  for (let index = 0; index < records.length; index += 1) {
    writeRecord(writer, records[index] as PendingRecord, firstMs, index);
  }
  const plain = space.subarray(0, writer.at);
  const batch = compression === 'none' ? plain : compressed(plain, algorithm.compressSync);
  batch.writeInt32BE(batch.length - lengthAt - 4, lengthAt);
  batch.writeUInt32BE(crc32c(batch.subarray(attributesAt)), crcAt);
  return batch;
}

/** Records are compressed, the head of a batch never. */
function compressed(batch: Buffer, compress: (data: Buffer) => Buffer): Buffer {
  return Buffer.concat([batch.subarray(0, batchHeadBytes), compress(batch.subarray(batchHeadBytes))]);
}

function bodyBytes(record: PendingRecord, firstMs: number, index: number): number {
  return 1 + varintBytes(deltaMs(record, firstMs)) + varintBytes(index) + record.encodedBytes;
}

/** A clock that was set by weeks between two records of a batch makes them a few days apart, and no garbage. */
function deltaMs({ timestampMs }: PendingRecord, firstMs: number): number {
  return Math.max(-maxDeltaMs, Math.min(maxDeltaMs, timestampMs - firstMs));
}

const maxDeltaMs = 2 ** 29;

function writeRecord(writer: ByteWriter, pending: PendingRecord, firstMs: number, index: number): void {
  const { key, value, headers } = pending.record;
  writer.varint(bodyBytes(pending, firstMs, index));
  writer.int8(0); // attributes: none are defined
  writer.varint(deltaMs(pending, firstMs));
  writer.varint(index);
  if (key === null) writer.varint(-1);
  else writeTextOrBytes(writer, key);
  if (value === null) writer.varint(-1);
  else writeTextOrBytes(writer, value);
  writer.varint(headers.length);
  for (let at = 0; at < headers.length; at += 1) {
    const header = headers[at] as OutgoingHeader;
    const nameBytes = utf8Bytes(header.name);
    writer.varint(nameBytes);
    writer.utf8(header.name, nameBytes);
    writeTextOrBytes(writer, header.value);
  }
}

function writeTextOrBytes(writer: ByteWriter, value: string | Buffer): void {
  const bytes = textOrBytes(value);
  writer.varint(bytes);
  if (typeof value === 'string') writer.utf8(value, bytes);
  else writer.bytes(value);
}
