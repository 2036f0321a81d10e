/** Credentials that change while events come, on a Kafka that asks for them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSecurityResolver, type SecretData } from '@eventing-kafka/kafka-credentials';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { Resource } from '@eventing-kafka/contract';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';

const user = 'alice';
const topic = 'topic-a';
const passwords = ['first-word', 'second-word', 'third-word'];

const kafka = await startLocalKafka({
  listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
  users: { [user]: passwords[0] ?? '' },
});
const clients = createKafkaClients();
after(async () => {
  await clients[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

/** What the Secret holds at its version. */
const secret = (password: string): SecretData => ({
  protocol: Buffer.from('SASL_PLAINTEXT'),
  'sasl.mechanism': Buffer.from('SCRAM-SHA-512'),
  user: Buffer.from(user),
  password: Buffer.from(password),
});

const broker = (version: string): Resource => {
  const value = { uuid: 's', namespace: 'ns', name: 's', version, kind: 'Secret', groupVersion: 'v1' };
  const bootstrapServers = kafka.listeners['SASL'] ?? '';
  return resource('a', { path: '/a' }, { bootstrapServers, auth: { $case: 'authSecret', value } });
};

test('security 8 K11 a password that changes while events come costs none of them', { timeout: 120_000 }, async () => {
  const plain = { bootstrapServers: kafka.bootstrapServers };
  await using admin = await clients.topics(plain);
  await admin.create({ name: topic, partitions: 1, replicationFactor: 1 });

  let content = secret(passwords[0] ?? '');
  const resolveSecurity = createSecurityResolver({ reader: { read: () => Promise.resolve(content) } });
  await using ingress = await startTestIngress(clients, { resolveSecurity });
  const history = new ContractHistory();
  assert.deepEqual(await ingress.apply(history.next(broker('1'))), []);

  const accepted: string[] = [];
  const others: number[] = [];
  const stop = new AbortController();
  let count = 0;
  const sending = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        const id = String(count++);
        const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'test' };
        const { status } = await fetch(`${ingress.url}/a`, { method: 'POST', headers, body: 'hello' });
        if (status === 202) accepted.push(id);
        else others.push(status);
      }
    }),
  );
  const more = async (): Promise<void> => {
    const before = accepted.length;
    while (accepted.length < before + 100 && others.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };

  await more();
  await kafka.setPassword(user, passwords[1] ?? '');
  content = secret('mistyped');
  assert.deepEqual(
    (await ingress.apply(history.next(broker('2')))).map((part) => part.reason),
    ['CredentialsRefused'],
  );
  await more();
  content = secret(passwords[1] ?? '');
  assert.deepEqual(await ingress.apply(history.next(broker('3'))), []);
  await more();
  await kafka.setPassword(user, passwords[2] ?? '');
  content = secret(passwords[2] ?? '');
  assert.deepEqual(await ingress.apply(history.next(broker('4'))), []);
  await more();
  stop.abort();
  await sending;
  assert.deepEqual(others, []);

  await using reader = await clients.reader(plain, { topic, positions: new Map([[0, 0]]) });
  const missing = new Set(accepted);
  const late = AbortSignal.timeout(20_000);
  while (missing.size > 0 && !late.aborted) {
    for (const { headers } of await reader.nextBatch({ maxRecords: 1000, signal: late }))
      missing.delete(headers.find(({ name }) => name === 'ce_id')?.value?.toString() ?? '');
  }
  assert.deepEqual([...missing], []);
});
