import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import { problemsText, validateObject } from './index.ts';

const good = {
  topic: 'orders',
  bootstrapServers: ['kafka:9092'],
  numPartitions: 10,
  replicationFactor: 3,
  contentMode: 'binary',
};

function refusal(spec: unknown, old?: unknown): string {
  const request = requestFor('KafkaSink', { spec }, old === undefined ? {} : { old: { spec: old } });
  return problemsText(validateObject(request, contextWith()).problems);
}

const rows: readonly (readonly [name: string, change: object, message: RegExp])[] = [
  ['a missing topic', { topic: undefined }, /^invalid value: : spec\.topic\n[^\n]*$/],
  ['empty servers', { bootstrapServers: [] }, /^invalid value: \[\]: spec\.bootstrapServers\n[^\n]*$/],
  ['content mode text', { contentMode: 'text' }, /^invalid value: text: spec\.contentMode\n[^\n]*$/],
  ['0 partitions', { numPartitions: 0 }, /^invalid value: 0: spec\.numPartitions\n[^\n]*$/],
  ['replication factor -10', { replicationFactor: -10 }, /^invalid value: -10: spec\.replicationFactor\n[^\n]*$/],
  [
    'an empty secret name',
    { auth: { secret: { ref: { name: '' } } } },
    /^invalid value: : spec\.auth\.secret\.ref\.name\n[^\n]*$/,
  ],
];

for (const [name, change, message] of rows) {
  test(`control-plane 24.9 Sink validation: ${name} is one error at its path`, () => {
    assert.match(refusal({ ...good, ...change }), message);
  });
}

for (const contentMode of ['binary', 'structured']) {
  test(`control-plane 24.9 Sink validation: a valid ${contentMode} spec is let in`, () => {
    assert.equal(refusal({ ...good, contentMode }), '');
  });
}

for (const [field, value] of [
  ['topic', 'other'],
  ['replicationFactor', 2],
  ['numPartitions', 20],
] as const) {
  test(`control-plane 24.9 Sink validation: ${field} may not change`, () => {
    assert.equal(refusal({ ...good, [field]: value }, good), `Immutable field updated: spec.${field}`);
  });
}

test('control-plane 15.1: partitions and replication factor may not be added later', () => {
  const external = { topic: 'orders', bootstrapServers: ['kafka:9092'] };
  assert.equal(refusal(good, external), 'Immutable field updated: spec.numPartitions, spec.replicationFactor');
});

test('control-plane 26 no. 8: one of partitions and replication factor alone is refused', () => {
  assert.match(refusal({ ...good, replicationFactor: undefined }), /spec\.replicationFactor\n.*numPartitions is set/);
});

test('all errors are told at once', () => {
  const text = refusal({ ...good, topic: '', numPartitions: 0, contentMode: 'text' });
  for (const path of ['spec.topic', 'spec.numPartitions', 'spec.contentMode']) assert.ok(text.includes(path), text);
});

test('control-plane 19: an unknown field is refused, with the one that was probably meant', () => {
  assert.match(
    refusal({ ...good, bootstrapServer: 'kafka:9092' }),
    /^unknown field: spec\.bootstrapServer\nexpected "bootstrapServers"$/,
  );
});

test('a Secret of another namespace cannot be named', () => {
  const auth = { secret: { ref: { name: 'credentials', namespace: 'other' } } };
  assert.match(refusal({ ...good, auth }), /unknown field: spec\.auth\.secret\.ref\.namespace/);
});

test('a name that Kafka would not take is refused', () => {
  assert.match(refusal({ ...good, topic: 'orders/eu' }), /spec\.topic\n"orders\/eu" cannot name a topic/);
});
