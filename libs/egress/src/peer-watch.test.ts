import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerWatch } from './peer-watch.ts';

/** Looks every half second; `beats` are what is seen of `a`. */
function looks(beats: readonly (number | undefined)[]): readonly (readonly string[])[] {
  const watch = new PeerWatch(2_500, 25_000);
  return beats.map((beat, index) => watch.look(beat === undefined ? [] : [{ name: 'a', beat }], index * 500));
}

test('who goes on giving signs is alive, also if one comes late', () => {
  assert.deepEqual(looks([1, 2, 3, 3, 3, 3, 4, 4, 4, 5]).flat(), []);
});

test('who is silent for too long is told once', () => {
  assert.deepEqual(looks([1, 2, 2, 2, 2, 2, 2, 2, 2, 2]), [[], [], [], [], [], [], ['a'], [], [], []]);
});

/** Gives one sign, which is all that is seen for so many looks; whether it is found dead meanwhile. */
function stalls(watch: PeerWatch, world: { beat: number; look: number }, looksOfEach: number): boolean {
  let isFoundDead = false;
  world.beat += 1;
  for (let index = 0; index < looksOfEach; index++) {
    // Whoever finds it dead empties its place.
    const signs = isFoundDead ? [] : [{ name: 'a', beat: world.beat }];
    world.look += 1;
    if (watch.look(signs, world.look * 500).length > 0) isFoundDead = true;
  }
  return isFoundDead;
}

test('who comes back is watched again', () => {
  assert.deepEqual(looks([1, 1, 1, 1, 1, 1, 2, ...Array<number>(10).fill(2)]).flat(), ['a', 'a']);
});

test('who was only slow is given twice the time, each time, until Kafka decides', () => {
  const watch = new PeerWatch(2_500, 8_000);
  const world = { beat: 0, look: 0 };
  assert.deepEqual(
    [8, 8, 8, 15, 15, 15, 18].map((count) => stalls(watch, world, count)),
    [true, false, false, true, false, false, true],
  );
});

test('after some quiet minutes that is forgotten, but not while it goes on being slow', () => {
  const watch = new PeerWatch(2_500, 25_000);
  const world = { beat: 0, look: 0 };
  assert.equal(stalls(watch, world, 8), true);
  for (let round = 0; round < 100; round++) assert.equal(stalls(watch, world, 8), false);
  for (let look = 0; look < 700; look++) stalls(watch, world, 1);
  assert.equal(stalls(watch, world, 8), true);
});

test('who was found dead by another process is given twice the time too', () => {
  const watch = new PeerWatch(2_500, 25_000);
  const seen = [1, 1, 1, 1, 1, undefined, undefined, 2, 2, 2, 2, 2, 2, 2, 2, 3];
  assert.deepEqual(
    seen.flatMap((beat, index) => watch.look(beat === undefined ? [] : [{ name: 'a', beat }], index * 500)),
    [],
  );
});

test('of a process that died its successor of the same name inherits no patience', () => {
  const watch = new PeerWatch(2_500, 25_000);
  const world = { beat: 99, look: 0 };
  assert.equal(stalls(watch, world, 8), true);
  world.beat = 0;
  assert.equal(stalls(watch, world, 8), true);
});

test('whose place was taken is not watched', () => {
  assert.deepEqual(looks([1, 1, 1, 1, undefined, undefined, undefined]).flat(), []);
});

test('a pause of our own makes nobody silent', () => {
  const watch = new PeerWatch(2_500, 25_000);
  watch.look([{ name: 'a', beat: 1 }], 0);
  assert.deepEqual(watch.look([{ name: 'a', beat: 1 }], 60_000), []);
  assert.deepEqual(watch.look([{ name: 'a', beat: 2 }], 60_500), []);
});

test('of somebody seen in two places the newest sign counts', () => {
  const watch = new PeerWatch(1_000, 10_000);
  const seen = (beat: number) => [
    { name: 'a', beat: 1 },
    { name: 'a', beat },
  ];
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].flatMap((beat) => watch.look(seen(beat + 1), beat * 500)),
    [],
  );
});
