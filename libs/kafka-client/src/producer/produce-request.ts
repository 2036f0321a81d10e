import { produceV9, Writer } from '@platformatic/kafka';
import type { Connection } from '@platformatic/kafka';
import { responseIn } from '../platformatic/platformatic-errors.ts';
import { ByteWriter, utf8Bytes, uvarintBytes } from './byte-writer.ts';

/** An encoded batch and where it goes. */
export interface AddressedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly encoded: Buffer;
}

/** What the leader of a partition said about a batch. */
export interface PartitionAnswer {
  readonly errorCode: number;
  readonly baseOffset: number;
}

/** What a broker said about all batches of a request. */
export interface ProduceAnswer {
  /** Nothing should be sent for so long, in milliseconds (KIP-219). */
  readonly throttleMs: number;
  /** Of a topic's partition; undefined when the broker left it out. */
  of(topic: string, partition: number): PartitionAnswer | undefined;
}

/** Version 9 is in every Kafka from 2.8 to 4.x, and in librdkafka's mock cluster. */
const { key, version } = produceV9.api;
const allInSyncReplicas = -1;

/** Sends batches in one request, acknowledged by all in-sync replicas within `timeoutMs`. Rejects when there is no answer. */
export function produce(
  connection: Connection,
  batches: readonly AddressedBatch[],
  timeoutMs: number,
): Promise<ProduceAnswer> {
  return new Promise((resolve, reject) => {
    connection.send(
      key,
      version,
      () => encodeRequest(batches, timeoutMs),
      produceV9.parseResponse,
      true,
      true,
      (error, response: produceV9.ProduceResponse | undefined) => {
        // An error of a partition makes the driver report an error that holds the answer.
        const answer = response ?? (responseIn(error) as produceV9.ProduceResponse | undefined);
        if (answer !== undefined) resolve(readAnswer(answer));
        else reject(error ?? new Error('the broker gave an empty answer'));
      },
    );
  });
}

function encodeRequest(batches: readonly AddressedBatch[], timeoutMs: number): Writer {
  const topics = Map.groupBy(batches, (batch) => batch.topic);
  const writer = Writer.create();
  const head = sized(7 + uvarintBytes(topics.size + 1));
  head.uvarint(0); // no transaction
  head.int16(allInSyncReplicas);
  head.int32(timeoutMs);
  head.uvarint(topics.size + 1);
  writer.append(head.buffer);
  for (const [topic, partitions] of topics) {
    const nameBytes = utf8Bytes(topic);
    const name = sized(uvarintBytes(nameBytes + 1) + nameBytes + uvarintBytes(partitions.length + 1));
    name.uvarint(nameBytes + 1);
    name.utf8(topic, nameBytes);
    name.uvarint(partitions.length + 1);
    writer.append(name.buffer);
    for (const { partition, encoded } of partitions) {
      const frame = sized(4 + uvarintBytes(encoded.length + 1));
      frame.int32(partition);
      frame.uvarint(encoded.length + 1);
      writer.append(frame.buffer).append(encoded).appendTaggedFields();
    }
    writer.appendTaggedFields();
  }
  return writer.appendTaggedFields();
}

function sized(bytes: number): ByteWriter {
  return new ByteWriter(Buffer.allocUnsafe(bytes));
}

function readAnswer(response: produceV9.ProduceResponse): ProduceAnswer {
  return {
    throttleMs: response.throttleTimeMs,
    of(topic, partition) {
      const found = response.responses
        .find(({ name }) => name === topic)
        ?.partitionResponses.find(({ index }) => index === partition);
      return found && { errorCode: found.errorCode, baseOffset: Number(found.baseOffset) };
    },
  };
}
