/** Credentials that change while events are delivered, on a Kafka that asks for them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Resource } from '@eventing-kafka/contract';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { createSecurityResolver, type SecretData } from '@eventing-kafka/kafka-credentials';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { startEgresses } from '../src/index.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { until } from '../testing/until.ts';

const user = 'alice';
const topic = 'orders';

const kafka = await startLocalKafka({
  listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
  users: { [user]: 'first-word' },
});
const clients = createKafkaClients();
after(async () => {
  await clients[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

const secret = (password: string): SecretData => ({
  protocol: Buffer.from('SASL_PLAINTEXT'),
  'sasl.mechanism': Buffer.from('SCRAM-SHA-512'),
  user: Buffer.from(user),
  password: Buffer.from(password),
});

test(
  'security 8 K11 a password that changes while events are delivered costs none of them',
  { timeout: 120_000 },
  async () => {
    const plain = { bootstrapServers: kafka.bootstrapServers };
    await using admin = await clients.topics(plain);
    await admin.create({ name: topic, partitions: 2, replicationFactor: 1 });
    await using producer = await clients.producer(plain);
    await using subscriber = await startSubscriber();

    let content = secret('wrong from the start');
    const resolveSecurity = createSecurityResolver({ reader: { read: () => Promise.resolve(content) } });
    await using egresses = await startEgresses({
      kafka: clients,
      logger: silentLogger,
      meter: createNoopMeter(),
      resolveSecurity,
    });
    const contract = new ContractDriver(egresses);
    const version = (value: string): Resource => {
      const reference = { uuid: 's', namespace: 'ns', name: 's', version: value, kind: 'Secret', groupVersion: 'v1' };
      const egress = trigger('t', subscriber.url);
      return broker(kafka.listeners['SASL'] ?? '', topic, [egress], {
        auth: { $case: 'authSecret', value: reference },
      });
    };

    const [blocked] = await contract.serve([version('0')]);
    assert.equal(blocked?.reason, 'NotReading');
    assert.match(blocked.message, /[Aa]uthentication/);
    content = secret('first-word');
    assert.deepEqual(await contract.serve([version('1')]), []);
    const sent: string[] = [];
    const deliver = async (part: string): Promise<void> => {
      const events = numbered(100, () => ({}), part);
      const sending = send(producer, topic, events);
      sent.push(...events.map((event) => event.id));
      await sending;
    };
    const arrived = (): boolean => new Set(subscriber.ids).size === sent.length;

    await deliver('a');
    await until('those of before arrived', arrived);
    await kafka.setPassword(user, 'second-word');
    content = secret('mistyped');
    const [refused, rejected] = await Promise.all([contract.serve([version('2')]), deliver('b')]);
    assert.equal(rejected, undefined);
    assert.deepEqual(
      refused.map((part) => part.reason),
      ['CredentialsRefused'],
    );
    await until('what came while the password was wrong arrived', arrived);
    content = secret('second-word');
    const [taken] = await Promise.all([contract.again(), deliver('c')]);
    assert.deepEqual(taken, []);
    await deliver('d');
    await until('what came while it changed arrived', arrived);
    assert.deepEqual(new Set(subscriber.ids), new Set(sent));
  },
);
