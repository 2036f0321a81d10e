import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, partitionOfKey } from './murmur2.ts';

// Hashes from the tests of Apache Kafka's own murmur2.
const hashes = new Map([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]);

for (const [key, hash] of hashes) {
  test(`the hash of ${key} is that of the Java client`, () => {
    assert.equal(murmur2(Buffer.from(key)), hash);
  });
}

test('a key is text or bytes, and its partition is never negative', () => {
  for (const [key, hash] of hashes) {
    assert.equal(partitionOfKey(key, 10), (hash & 0x7fffffff) % 10);
    assert.equal(partitionOfKey(Buffer.from(key), 10), partitionOfKey(key, 10));
  }
  assert.equal(partitionOfKey('', 7), (murmur2(Buffer.alloc(0)) & 0x7fffffff) % 7);
});
