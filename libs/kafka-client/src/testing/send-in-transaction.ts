import { Producer } from '@platformatic/kafka';
import { parseBootstrapServers } from '../platformatic/connection-options.ts';

/** A record with text headers, for {@link sendInTransaction}. */
export interface TransactionRecord {
  readonly partition: number;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes records to a real Kafka in one transaction, whose marker is the last entry of each partition afterwards. */
export async function sendInTransaction(
  bootstrapServers: string,
  topic: string,
  records: readonly TransactionRecord[],
): Promise<void> {
  const producer = new Producer({
    clientId: 'test',
    bootstrapBrokers: parseBootstrapServers(bootstrapServers),
    transactionalId: `test-${topic}-${process.pid}`,
    idempotent: true,
  });
  try {
    const transaction = await producer.beginTransaction({});
    await transaction.send({
      messages: records.map(({ partition, value, headers }) => ({
        topic,
        partition,
        value,
        headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
      })),
      acks: -1,
    });
    await transaction.commit();
  } finally {
    await producer.close();
  }
}
