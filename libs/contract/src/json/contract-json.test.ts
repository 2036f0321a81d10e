import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import {
  ContentMode,
  Contract,
  DeliveryOrder,
  contractProblems,
  isContractError,
  parseContractJson,
  readContractJson,
} from '../index.ts';
import { contractShape } from './contract-shape.ts';
import type { JsonShape } from './json-shape.ts';

/** Names of all fields within a shape, each message looked into once. */
function fieldNames(shape: JsonShape, seen = new Set<JsonShape>()): Set<string> {
  if (typeof shape === 'string' || seen.has(shape)) return new Set();
  seen.add(shape);
  if (shape.kind === 'list') return fieldNames(shape.of, seen);
  const fields = Object.entries(shape.fields());
  return new Set(fields.flatMap(([name, of]) => [name, ...fieldNames(of, seen)]));
}

describe('a contract file', () => {
  test('of the Knative Kafka Broker is read (receiver.md 11.1)', () => {
    const contract = parseContractJson(
      '{"generation":"7","resources":[{"uid":"u-1","topics":["knative-broker-ns-b"],"bootstrapServers":"kafka-1:9092,kafka-2:9092","ingress":{"path":"/ns/b","audience":"eventing.knative.dev/broker/ns/b","eventPolicies":[{"tokenMatchers":[{"prefix":{"attributes":{"sub":"system:serviceaccount:ns:"}}}]}]},"authSecret":{"uuid":"s-1","namespace":"ns","name":"kafka-auth","version":"42"},"reference":{"uuid":"u-1","namespace":"ns","name":"b","kind":"Broker","groupVersion":"eventing.knative.dev/v1"},"featureFlags":{"enableEventTypeAutocreate":false}}]}',
    );
    const [resource] = contract.resources;
    assert.equal(contract.generation, 7n);
    assert.deepEqual(resource?.topics, ['knative-broker-ns-b']);
    assert.equal(resource.auth?.$case, 'authSecret');
    assert.equal(resource.auth.value.version, '42');
    assert.equal(resource.ingress?.contentMode, ContentMode.BINARY);
    assert.deepEqual(resource.ingress.eventPolicies[0]?.tokenMatchers[0]?.matcher, {
      $case: 'prefix',
      value: { attributes: { sub: 'system:serviceaccount:ns:' } },
    });
    assert.deepEqual(contractProblems(contract), []);
  });

  test('names enums by name or number, and 64-bit numbers as text or number; unknown members are passed over', () => {
    const { resources } = parseContractJson(
      '{"generation":8,"later":1,"resources":[{"uid":"u","later":{},"egresses":[{"deliveryOrder":"ORDERED","destinationCACerts":"x","replyUrlCACerts":"y","egressConfig":{"backoffDelay":"200","timeout":5,"deadLetterCACerts":"z"}},{"deliveryOrder":1,"discardReply":{}}]}]}',
    );
    const [first, second] = resources[0]!.egresses;
    assert.equal(first?.deliveryOrder, DeliveryOrder.ORDERED);
    assert.equal(second?.deliveryOrder, DeliveryOrder.ORDERED);
    assert.equal(second.replyStrategy?.$case, 'discardReply');
    assert.deepEqual(
      [first.destinationCaCerts, first.replyUrlCaCerts, first.egressConfig?.deadLetterCaCerts],
      ['x', 'y', 'z'],
    );
    assert.deepEqual([first.egressConfig?.backoffDelay, first.egressConfig?.timeout], [200n, 5n]);
  });

  test('with a value of an enum that nobody knows is read, and the value is a problem', () => {
    const contract = parseContractJson(
      '{"resources":[{"uid":"u","topics":["t"],"bootstrapServers":"k:1","ingress":{"path":"/a","contentMode":"TERNARY"}}]}',
    );
    assert.deepEqual(
      contractProblems(contract).map(({ path }) => path),
      ['resources[0].ingress.contentMode'],
    );
  });

  test('is written with the names it is read with', () => {
    const text =
      '{"resources":[{"uid":"u","egresses":[{"uid":"e","deliveryOrder":"KEY","destinationCACerts":"x","egressConfig":{"retryAfterMax":"3"}}]}]}';
    assert.equal(
      JSON.stringify(Contract.toJSON(parseContractJson(text))),
      '{"resources":[{"uid":"u","egresses":[{"uid":"e","egressConfig":{"retryAfterMax":"3"},"deliveryOrder":"KEY","destinationCACerts":"x"}]}]}',
    );
  });

  test('with values that do not fit is read without them, and each is told with its place', () => {
    const { contract, problems } = readContractJson(
      '{"resources":[{"uid":"u","topics":"t","egresses":[{"uid":7,"vReplicas":"many","filter":{"attributes":{"type":{}}},"featureFlags":{"enableRateLimiter":1}}]},"text"],"trust_bundles":[{}]}',
    );
    assert.deepEqual(
      problems.map(({ path, message }) => `${path} ${message}`),
      [
        'resources[0].topics is "t"; expected a list',
        'resources[0].egresses[0].filter.attributes["type"] is an object; expected a text',
        'resources[0].egresses[0].vReplicas is "many"; expected a whole number',
        'resources[0].egresses[0].featureFlags.enableRateLimiter is 1; expected true or false',
        'resources[1] is "text"; expected an object, nested at most 100 deep',
        'trustBundles[0] is an object; expected a text',
      ],
    );
    assert.deepEqual(
      contract.resources.map(({ uid, topics }) => [uid, topics]),
      [
        ['u', []],
        ['', []],
      ],
    );
    assert.equal(contract.resources[0]?.egresses[0]?.uid, '7');
  });

  test('with filters nested without end is read up to a bound', () => {
    const deep = '{"not":{"filter":'.repeat(20_000) + '{}' + '}}'.repeat(20_000);
    const { problems } = readContractJson(`{"resources":[{"egresses":[{"dialectedFilter":[${deep}]}]}]}`);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!.path, /^resources\[0\]\.egresses\[0\]\.dialectedFilter\[0\]\.not\.filter/);
  });

  test('may hold every field of the proto', async () => {
    const file = new URL('../../../../proto/eventing_kafka/contract/v1/contract.proto', import.meta.url);
    const declared = (await readFile(file, 'utf8')).matchAll(/^ {2,4}[\w<>, .]+ (\w+) = \d+(?: \[.*\])?;/gmu);
    const names = new Set([...declared].map(([, name]) => name!).filter((name) => name === name.toLowerCase()));
    assert.deepEqual([...fieldNames(contractShape)].sort(), [...names].sort());
  });

  for (const [name, text] of Object.entries({
    empty: '',
    'cut off': '{"generation":',
    'an array': '[]',
    null: 'null',
    'a number that is none': '{"generation":"seven"}',
  })) {
    test(`that is ${name} is refused`, () => {
      assert.throws(
        () => parseContractJson(text),
        (error) => isContractError(error) && error.code === 'CONTRACT_JSON_INVALID',
      );
    });
  }
});
