import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownObjects } from './known-objects.ts';

const object = (name: string, resourceVersion: string) => ({ metadata: { namespace: 'n', name, resourceVersion } });

test('an object is told of once in each version', () => {
  const known = new KnownObjects();
  assert.equal(known.present(object('a', '1'))?.kind, 'present');
  assert.equal(known.present(object('a', '1')), undefined);
  assert.equal(known.present(object('a', '2'))?.kind, 'present');
});

test('what a complete list does not hold is gone, and told of once', () => {
  const known = new KnownObjects();
  for (const name of ['a', 'b', 'c']) known.present(object(name, '1'));
  assert.deepEqual(known.retain([object('b', '1').metadata]), [
    { kind: 'absent', namespace: 'n', name: 'a' },
    { kind: 'absent', namespace: 'n', name: 'c' },
  ]);
  assert.deepEqual(known.retain([object('b', '1').metadata]), []);
});

test('the end of an object that was never told of is no news', () => {
  assert.equal(new KnownObjects().absent(object('a', '1')), undefined);
});

test('an object made anew after its end is told of', () => {
  const known = new KnownObjects();
  known.present(object('a', '1'));
  assert.deepEqual(known.absent(object('a', '2')), { kind: 'absent', namespace: 'n', name: 'a' });
  assert.equal(known.present(object('a', '1'))?.kind, 'present');
});

test('the bookkeeping of writers is not kept', () => {
  const change = new KnownObjects().present({
    metadata: {
      ...object('a', '1').metadata,
      managedFields: [{}],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'x' },
    },
    spec: {},
  });
  assert.deepEqual(change?.kind === 'present' ? change.object : undefined, {
    metadata: { ...object('a', '1').metadata, annotations: { mine: 'x' } },
    spec: {},
  });
});
