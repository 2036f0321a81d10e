import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, seedOf } from './random.ts';

const some = (seed: number): readonly number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 1_000 }, () => random.between(10, 20));
};

test('the same seed gives the same numbers, another one others', () => {
  assert.deepEqual(some(1), some(1));
  assert.notDeepEqual(some(1), some(2));
});

test('numbers lie within their bounds and are spread evenly', () => {
  const numbers = some(3);
  assert.ok(numbers.every((number) => number >= 10 && number < 20));
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  assert.ok(Math.abs(mean - 15) < 0.5, `mean ${mean}`);
});

test('each choice is picked sometimes', () => {
  const random = seededRandom(4);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
  assert.deepEqual([...picked].sort(), ['a', 'b', 'c']);
});

test('the seed of a thing depends on the run and on its name', () => {
  assert.equal(seedOf(1, 'a'), seedOf(1, 'a'));
  assert.notEqual(seedOf(1, 'a'), seedOf(2, 'a'));
  assert.notEqual(seedOf(1, 'a'), seedOf(1, 'b'));
  const firsts = Array.from({ length: 1_000 }, (_, index) => seededRandom(seedOf(7, `id-${index}`)).next());
  const share = firsts.filter((first) => first < 0.1).length / firsts.length;
  assert.ok(share > 0.05 && share < 0.15, `${share} of the first numbers are below 0.1`);
});
