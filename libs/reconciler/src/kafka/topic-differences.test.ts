import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopicPlan } from '@eventing-kafka/resources';
import { topicDifferences } from './topic-differences.ts';

const asked: TopicPlan = {
  bootstrapServers: 'k:9092',
  name: 't',
  ownership: 'managed',
  partitions: 10,
  replicationFactor: 3,
  config: { 'retention.ms': '1000' },
};
const same = { partitions: 10, replicationFactor: 3, config: new Map([['retention.ms', '1000']]) };

test('a topic that is as asked for differs in nothing, whatever else is configured', () => {
  assert.equal(topicDifferences(asked, same), undefined);
  assert.equal(
    topicDifferences(asked, { ...same, config: new Map() }),
    undefined,
    'what is not known is not different',
  );
  assert.equal(topicDifferences({ ...asked, config: {} }, same), undefined);
});

test('control-plane 26 no. 7: every difference is named, with what is and what should be', () => {
  assert.equal(
    topicDifferences(asked, { partitions: 4, replicationFactor: 1, config: new Map([['retention.ms', '5']]) }),
    'Topic t existed already and is used as it is: 4 partitions where 10 are asked for, replication factor 1 where 3 is asked for, ' +
      'retention.ms=5 where 1000 is asked for',
  );
});
