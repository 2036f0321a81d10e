import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCommitMetadata, encodeCommitMetadata } from './commit-metadata.ts';

const topicId = 'lKb3bMPHRsOBoGyMiUAxMA';
const ranges = [
  { start: 12, end: 14 },
  { start: 20, end: 21 },
];

test('topic and completions come back', () => {
  const text = encodeCommitMetadata(10, topicId, ranges, 2048);
  assert.deepEqual(decodeCommitMetadata(10, text), { topicId, completions: ranges });
});

test('a commit without completions still tells its topic', () => {
  const text = encodeCommitMetadata(10, topicId, [], 2048);
  assert.equal(text, `ek2:a:${topicId}:`);
  assert.deepEqual(decodeCommitMetadata(10, text), { topicId, completions: [] });
});

test('with nothing to tell it is empty', () => {
  assert.equal(encodeCommitMetadata(10, undefined, [], 2048), '');
});

test('completions are told without a topic too', () => {
  const text = encodeCommitMetadata(10, undefined, ranges, 2048);
  assert.deepEqual(decodeCommitMetadata(10, text), { topicId: undefined, completions: ranges });
});

test('the form of before is read', () => {
  const former = `ek1:a:${encodeCommitMetadata(10, undefined, ranges, 2048).split(':')[3] ?? ''}`;
  assert.deepEqual(decodeCommitMetadata(10, former), { topicId: undefined, completions: ranges });
});

for (const [name, offset, text] of [
  ['nothing', 10, ''],
  ['of a client library', 10, 'consumer-1'],
  ['of another offset', 11, encodeCommitMetadata(10, topicId, ranges, 2048)],
  ['of another version', 10, 'ek3:a::'],
  ['damaged', 10, `ek2:a:${topicId}:%`],
  ['cut off', 10, 'ek2:a'],
] as const) {
  test(`metadata that is not ours: ${name}`, () => {
    assert.equal(decodeCommitMetadata(offset, text), undefined);
  });
}

test('a limit too small even for the topic leaves nothing', () => {
  assert.equal(encodeCommitMetadata(10, topicId, ranges, 20), '');
});
