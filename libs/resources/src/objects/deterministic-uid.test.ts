import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deterministicUid } from './deterministic-uid.ts';

test('the uid of a key never changes, not even in a later version', () => {
  assert.equal(
    deterministicUid({ kind: 'Broker', namespace: 'default', name: 'orders' }),
    '254342c8-1b1b-5b66-9c32-9516b87d2fe2',
  );
});

test('another kind, namespace or name has another uid', () => {
  const uids = [
    deterministicUid({ kind: 'Broker', namespace: 'a', name: 'b' }),
    deterministicUid({ kind: 'KafkaSink', namespace: 'a', name: 'b' }),
    deterministicUid({ kind: 'Broker', namespace: 'b', name: 'a' }),
    deterministicUid({ kind: 'Broker', namespace: 'a', name: 'c' }),
  ];
  assert.equal(new Set(uids).size, uids.length);
  for (const uid of uids) assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
