import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translateProperties } from './properties.ts';

test('names of the Java client become those of librdkafka (dispatcher.md 4)', () => {
  const { client, topic } = translateProperties(
    {
      'fetch.max.wait.ms': 500,
      'receive.buffer.bytes': 65536,
      'send.buffer.bytes': '-1',
      'request.timeout.ms': 2000,
      'buffer.memory': 33554432,
      'max.request.size': 1048576,
      'delivery.timeout.ms': 120000,
      'session.timeout.ms': 10000,
      'compression.type': 'snappy',
    },
    'consumer',
  );
  assert.deepEqual(client, {
    'fetch.wait.max.ms': 500,
    'socket.receive.buffer.bytes': 65536,
    'socket.timeout.ms': 2000,
    'queue.buffering.max.kbytes': 32768,
    'message.max.bytes': 1048576,
    'session.timeout.ms': 10000,
  });
  assert.deepEqual(topic, { 'message.timeout.ms': 120000, 'compression.type': 'snappy' });
});

test('the request time-out of a producer is the one its records have', () => {
  assert.deepEqual(translateProperties({ 'request.timeout.ms': 2000 }, 'producer').topic, {
    'request.timeout.ms': 2000,
  });
});

test('what only a Java client has use for is left out', () => {
  const { client, topic } = translateProperties(
    {
      'key.deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
      'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.StickyAssignor',
      'metrics.num.samples': 2,
      'cloudevent.invalid.kind.transformer.enabled': true,
      'max.poll.records': 50,
      'auto.offset.reset': 'latest',
      'enable.idempotence': false,
    },
    'consumer',
  );
  assert.deepEqual({ client, topic }, { client: {}, topic: {} });
});

for (const name of [
  'group.id',
  'bootstrap.servers',
  'transactional.id',
  'rebalance_cb',
  'security.protocol',
  'sasl.jaas.config',
  'ssl.ca.location',
]) {
  test(`${name} is refused by name`, () => {
    assert.throws(() => translateProperties({ [name]: 'x' }, 'producer'), {
      code: 'KAFKA_INVALID_CONFIG',
      message: new RegExp(name.replaceAll('.', '\\.')),
    });
  });
}

test('a property we own may say what we do anyway, and nothing else', () => {
  const shipped = { 'enable.auto.commit': false, acks: 'all', 'enable.auto.offset.store': 'false' };
  assert.deepEqual(translateProperties(shipped, 'consumer').client, {});
  assert.deepEqual(translateProperties({ acks: -1 }, 'producer').client, {});
  assert.throws(() => translateProperties({ 'enable.auto.commit': true }, 'consumer'), {
    code: 'KAFKA_INVALID_CONFIG',
  });
  assert.throws(() => translateProperties({ acks: 1 }, 'producer'), { code: 'KAFKA_INVALID_CONFIG' });
});
