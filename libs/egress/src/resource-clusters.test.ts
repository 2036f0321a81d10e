import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaCluster } from '@eventing-kafka/kafka-client';
import { broker, trigger } from '../testing/contract.ts';
import { ResourceClusters } from './resource-clusters.ts';

async function propertiesOf(
  kind: string,
  kafkaProperties?: KafkaCluster['properties'],
): Promise<KafkaCluster['properties']> {
  const clusters = new ResourceClusters({
    resolveSecurity: undefined,
    refusedCredentialsFinder: () => () => Promise.resolve(undefined),
    kafkaProperties,
  });
  const resource = broker('k:1', 't', [trigger('a', 'http://s/')], { reference: { kind } });
  const [found] = await clusters.ofAll([resource]);
  assert.ok(found?.kind === 'cluster');
  return found.cluster.properties;
}

test('what transactions took back is no event of a source, unless somebody wants it so', async () => {
  assert.equal(await propertiesOf('Broker'), undefined);
  assert.deepEqual(await propertiesOf('KafkaSource'), { 'isolation.level': 'read_committed' });
  const all = { 'isolation.level': 'read_uncommitted', 'client.rack': 'a' };
  assert.deepEqual(await propertiesOf('KafkaSource', all), all);
});
