import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommitMetadata } from '@eventing-kafka/delivery';
import { decidePosition, feedStart } from './group-positions.ts';

const topicId = 'lKb3bMPHRsOBoGyMiUAxMA';
const log = { first: 100, end: 200, topicId };
const signed = (offset: number, id: string): string => encodeCommitMetadata(offset, id, [], 2048);
const rows = [
  {
    name: 'goes on at a committed offset, with its metadata',
    committed: { offset: 150, metadata: 'm' },
    start: 'latest',
    known: true,
    expected: { offset: 150, metadata: 'm', fresh: false },
  },
  {
    name: 'goes on at the end',
    committed: { offset: 200, metadata: '' },
    start: 'latest',
    known: true,
    expected: { offset: 200, metadata: '', fresh: false },
  },
  {
    name: 'goes to the first record when the committed one was deleted',
    committed: { offset: 50, metadata: 'm' },
    start: 'latest',
    known: true,
    expected: { offset: 100, metadata: '', fresh: true },
  },
  {
    name: 'starts a topic that was made anew from its first record',
    committed: { offset: 900, metadata: 'm' },
    start: 'latest',
    known: true,
    expected: { offset: 100, metadata: '', fresh: true },
  },
  {
    name: 'goes on in the topic that it was committed to',
    committed: { offset: 150, metadata: signed(150, topicId) },
    start: 'latest',
    known: true,
    expected: { offset: 150, metadata: signed(150, topicId), fresh: false },
  },
  {
    name: 'starts a topic that was made anew from its first record, also when it grew past the committed offset',
    committed: { offset: 150, metadata: signed(150, 'AAAAAAAAAAAAAAAAAAAAAQ') },
    start: 'latest',
    known: true,
    expected: { offset: 100, metadata: '', fresh: true },
  },
  {
    name: 'starts a new group at the end when its egress says latest',
    committed: { offset: undefined, metadata: '' },
    start: 'latest',
    known: false,
    expected: { offset: 200, metadata: '', fresh: true },
  },
  {
    name: 'starts a new group at the first record when its egress says earliest',
    committed: { offset: undefined, metadata: '' },
    start: 'earliest',
    known: false,
    expected: { offset: 100, metadata: '', fresh: true },
  },
  {
    name: 'starts a partition that is newer than its group at the first record',
    committed: { offset: undefined, metadata: '' },
    start: 'latest',
    known: true,
    expected: { offset: 100, metadata: '', fresh: true },
  },
] as const;

for (const { name, committed, start, known, expected } of rows) {
  test(`position: ${name}`, () => {
    assert.deepEqual(decidePosition(committed, log, { initialOffset: start, groupIsKnown: known }), expected);
  });
}

test('a feed starts at the egress furthest behind among those that are near', () => {
  assert.equal(feedStart([1_000, 990, 950], 100), 950);
  assert.equal(feedStart([1_000, 990, 10], 100), 990);
  assert.equal(feedStart([7], 100), 7);
  assert.equal(feedStart([], 100), undefined);
});
