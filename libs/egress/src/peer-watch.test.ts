import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerWatch } from './peer-watch.ts';

/** Looks every half second; `beats` are what is seen of `a`. */
function looks(beats: readonly (number | undefined)[]): readonly (readonly string[])[] {
  const watch = new PeerWatch(2_500);
  return beats.map((beat, index) => watch.look(beat === undefined ? [] : [{ name: 'a', beat }], index * 500));
}

test('who goes on giving signs is alive, also if one comes late', () => {
  assert.deepEqual(looks([1, 2, 3, 3, 3, 3, 4, 4, 4, 5]).flat(), []);
});

test('who is silent for too long is told once', () => {
  assert.deepEqual(looks([1, 2, 2, 2, 2, 2, 2, 2, 2, 2]), [[], [], [], [], [], [], ['a'], [], [], []]);
});

test('who comes back is watched again', () => {
  assert.deepEqual(looks([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]).flat(), ['a', 'a']);
});

test('whose place was taken is not watched', () => {
  assert.deepEqual(looks([1, 1, 1, 1, undefined, undefined, undefined]).flat(), []);
});

test('a pause of our own makes nobody silent', () => {
  const watch = new PeerWatch(2_500);
  watch.look([{ name: 'a', beat: 1 }], 0);
  assert.deepEqual(watch.look([{ name: 'a', beat: 1 }], 60_000), []);
  assert.deepEqual(watch.look([{ name: 'a', beat: 2 }], 60_500), []);
});

test('of somebody seen in two places the newest sign counts', () => {
  const watch = new PeerWatch(1_000);
  const seen = (beat: number) => [
    { name: 'a', beat: 1 },
    { name: 'a', beat },
  ];
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].flatMap((beat) => watch.look(seen(beat + 1), beat * 500)),
    [],
  );
});
