import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePlace, placeKey, signPlaces } from './sign-places.ts';

test('all who serve the same topics know the same places, in whatever order they name them', () => {
  const [a, b] = [
    { topic: 'a', partitionCount: 10 },
    { topic: 'b', partitionCount: 20 },
  ];
  assert.deepEqual(signPlaces('g', [b, a]), signPlaces('g', [a, b]));
  assert.equal(signPlaces('g', [a, b]).length, 30);
});

test('a topic of one partition has places for many, one of a thousand not for all', () => {
  const few = signPlaces('g', [{ topic: 'a', partitionCount: 1 }]);
  assert.equal(new Set(few.map(placeKey)).size, 24);
  assert.deepEqual(few[0], { groupId: 'g0', topic: 'a', partition: 0 });
  assert.equal(signPlaces('g', [{ topic: 'a', partitionCount: 1_000 }]).length, 300);
  assert.deepEqual(signPlaces('g', []), []);
});

test('a place is chosen among the first free ones', () => {
  const places = signPlaces('g', [{ topic: 'a', partitionCount: 30 }]);
  const taken = new Set(places.slice(0, 5).map(placeKey));
  assert.equal(freePlace(places, taken, 0)?.partition, 5);
  assert.equal(freePlace(places, taken, 0.999)?.partition, 12);
  assert.equal(freePlace(places, new Set(places.map(placeKey)), 0.5), undefined);
});
