import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentMode, Contract, DeliveryOrder, contractProblems, isContractError, parseContractJson } from './index.ts';

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
