import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Egress, KeyType, Resource, type DeepPartial } from '@eventing-kafka/contract';
import { recordWrapping } from './record-wrapping.ts';

const source = { kind: 'KafkaSource', namespace: 'ns', name: 'ks' };

function wrapping(reference: DeepPartial<Resource>['reference'], egress: DeepPartial<Egress> = {}): string | undefined {
  const resource = Resource.fromPartial(reference === undefined ? {} : { reference });
  const found = recordWrapping(resource, Egress.fromPartial(egress));
  return found === undefined ? undefined : [found.namespace, found.name, found.keyType].join(' ');
}

describe('records that are no events', () => {
  test('dispatcher 21 K6 are wrapped for a KafkaSource whose namespace and name are known, and for nobody else', () => {
    assert.equal(wrapping(source), 'ns ks string');
    assert.equal(wrapping({ ...source, kind: '' }, { reference: { kind: 'KafkaSource' } }), 'ns ks string');
    assert.equal(wrapping({ ...source, kind: 'Broker' }), undefined);
    assert.equal(wrapping({ ...source, kind: 'KafkaSources' }), undefined);
    assert.equal(wrapping({ ...source, name: ' ' }), undefined);
    assert.equal(wrapping({ ...source, namespace: '' }), undefined);
    assert.equal(wrapping(undefined, { reference: { kind: 'KafkaSource' } }), undefined);
  });

  test('have their key read as the egress says', () => {
    const keyTypes = [KeyType.String, KeyType.Integer, KeyType.Double, KeyType.ByteArray];
    assert.deepEqual(
      keyTypes.map((keyType) => wrapping(source, { keyType })),
      ['ns ks string', 'ns ks integer', 'ns ks double', 'ns ks byte-array'],
    );
  });
});
