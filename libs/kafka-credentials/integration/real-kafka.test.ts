/** Credentials as Secrets hold them, on a Kafka that asks for them: both drivers must be let in, or kept out. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  createKafkaClients,
  refusedCredentialsFinder,
  type KafkaCluster,
  type KafkaSecurity,
} from '@eventing-kafka/kafka-client';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { parseKafkaCredentials } from '../src/index.ts';
import { secretData } from '../testing/secrets.ts';

const user = 'alice';
const password = 'a"b\\c;';
const kafka = await startLocalKafka({
  listeners: {
    MTLS: { protocol: 'SSL' },
    SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] },
    SASLTLS: { protocol: 'SASL_SSL', mechanisms: ['PLAIN', 'SCRAM-SHA-512'] },
  },
  users: { [user]: password },
});
const others = await makeCertificates();
const clients = createKafkaClients();
after(async () => {
  await clients[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});
const { certificates } = kafka;
assert.ok(certificates !== undefined);
const pair = { 'user.crt': certificates.client.certPem, 'user.key': certificates.client.keyPem };

let topics = 0;

/** Sends a record and reads it back, with a topic, a producer and a reader of its own. */
async function roundTrip(listener: string, security: KafkaSecurity): Promise<void> {
  const cluster: KafkaCluster = { bootstrapServers: kafka.listeners[listener] ?? '', security };
  const topic = `credentials-${++topics}`;
  await using admin = await clients.topics(cluster);
  assert.equal(await admin.create({ name: topic, partitions: 1, replicationFactor: 1 }), 'created');
  await using producer = await clients.producer(cluster);
  await producer.send({ topic, key: null, value: Buffer.from('hello'), headers: [] });
  await using reader = await clients.reader(cluster, { topic, positions: new Map([[0, 0]]) });
  const [record] = await reader.nextBatch({ maxRecords: 1, signal: AbortSignal.timeout(20_000) });
  assert.equal(record?.value?.toString(), 'hello');
}

const lets = (name: string, listener: string, data: Readonly<Record<string, string>>): void => {
  test(name, { timeout: 60_000 }, () => roundTrip(listener, parseKafkaCredentials(secretData(data))));
};

lets('security 8 K2 SASL_PLAINTEXT with user and password connects with PLAIN', 'SASL', {
  protocol: 'SASL_PLAINTEXT',
  user,
  password,
});
lets('security 8 K3 SASL_SSL with SCRAM-SHA-512 connects, without a client certificate', 'SASLTLS', {
  protocol: 'SASL_SSL',
  'sasl.mechanism': 'SCRAM-SHA-512',
  user,
  password,
  'ca.crt': certificates.caPem,
});
lets('security 8 K6 SSL with ca.crt, user.crt and user.key is mutual TLS', 'MTLS', {
  protocol: 'SSL',
  'ca.crt': certificates.caPem,
  ...pair,
});
for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
  lets(`security 8 K15 the password a"b\\c; authenticates with ${mechanism}`, 'SASL', {
    protocol: 'SASL_PLAINTEXT',
    'sasl.mechanism': mechanism,
    user,
    password,
  });
}
lets('a CA bundle that holds the old CA and the new one is trusted', 'SASLTLS', {
  protocol: 'SASL_SSL',
  user,
  password,
  'ca.crt': `${others.caPem}\n${certificates.caPem}`,
});
lets('security 8 K9 a legacy Secret with ca.crt, user and password connects', 'SASLTLS', {
  'ca.crt': certificates.caPem,
  user,
  password,
});

test('OAUTHBEARER connects with tokens of a provider', { timeout: 60_000 }, async () => {
  const expiresAtMs = Date.now() + 600_000;
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: user, iat: Math.floor(Date.now() / 1000), exp: Math.floor(expiresAtMs / 1000) };
  const value = `${part({ alg: 'none' })}.${part(claims)}.`;
  await roundTrip('SASL', {
    protocol: 'SASL_PLAINTEXT',
    mechanism: 'OAUTHBEARER',
    tokenProvider: { key: user, token: () => Promise.resolve({ value, expiresAtMs }) },
  });
});

const keepsOut = (name: string, listener: string, data: Readonly<Record<string, string>>): void => {
  test(name, { timeout: 60_000 }, async () => {
    const security = parseKafkaCredentials(secretData(data));
    const cluster = { bootstrapServers: kafka.listeners[listener] ?? '', security };
    await using admin = await clients.topics(cluster);
    await assert.rejects(admin.describe('any'), { name: 'KafkaError' });
    await using producer = await clients.producer(cluster, { deliveryTimeoutMs: 3000 });
    await assert.rejects(producer.send({ topic: 'any', key: null, value: Buffer.from('x'), headers: [] }), {
      name: 'KafkaError',
    });
  });
};

test('Kafka is asked whether it takes a password', { timeout: 60_000 }, async () => {
  const cluster = (word: string): KafkaCluster => ({
    bootstrapServers: kafka.listeners['SASL'] ?? '',
    security: parseKafkaCredentials(
      secretData({ protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', user, password: word }),
    ),
  });
  const findRefused = refusedCredentialsFinder(clients);
  assert.equal(await findRefused(cluster(password), 'any'), undefined);
  assert.equal((await findRefused(cluster('wrong'), 'any'))?.code, 'KAFKA_AUTHENTICATION');
  const away = { ...cluster('wrong'), bootstrapServers: '127.0.0.1:1' };
  assert.equal(await findRefused(away, 'any'), undefined);
});

keepsOut('a wrong password is kept out', 'SASL', { protocol: 'SASL_PLAINTEXT', user, password: 'wrong' });
keepsOut('a broker whose CA is not trusted gets no password', 'SASLTLS', { protocol: 'SASL_SSL', user, password });
keepsOut('mutual TLS without a client certificate is kept out', 'MTLS', {
  protocol: 'SSL',
  'ca.crt': certificates.caPem,
  'user.skip': 'true',
});
