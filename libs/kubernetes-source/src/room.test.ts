import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomFor } from './room.ts';
import type { Place, Room } from './room.ts';

const place = (id: string, usedAtMs: number, what: 'absent' | 'there', isKind = false): Place => ({
  id,
  isKind,
  isAbsent: what === 'absent',
  usedAtMs,
});
const kind = (id: string, usedAtMs: number, what: 'absent' | 'there'): Place => place(id, usedAtMs, what, true);

/** Of 20 lookups two may be of kinds. */
const maxLookups = 20;
const names = (count: number, what: 'absent' | 'there'): readonly Place[] =>
  Array.from({ length: count }, (_, index) => place(`name ${index}`, 100 - index, what));

const rows: readonly (readonly [name: string, isKind: boolean, places: readonly Place[], room: Room])[] = [
  ['nothing is looked up: room', false, [], { kind: 'free' }],
  ['all names are taken by what is there: none', false, names(20, 'there'), { kind: 'full' }],
  [
    'what is absent and was looked at longest ago makes room for a name',
    false,
    [...names(18, 'there'), place('older', 1, 'absent'), place('newer', 2, 'absent')],
    { kind: 'instead', id: 'older' },
  ],
  ['kinds have fewer places', true, [kind('a', 1, 'there'), kind('b', 2, 'there')], { kind: 'full' }],
  ['names do not take them', true, names(19, 'there'), { kind: 'free' }],
  [
    'a kind that nobody installed makes room for another kind, an absent name does not',
    true,
    [place('name', 0, 'absent'), kind('a', 1, 'there'), kind('bogus', 2, 'absent')],
    { kind: 'instead', id: 'bogus' },
  ],
  [
    'a name may take the place of an absent kind',
    false,
    [...names(19, 'there'), kind('bogus', 200, 'absent')],
    { kind: 'instead', id: 'bogus' },
  ],
];

for (const [name, isKind, places, room] of rows) {
  test(name, () => assert.deepEqual(roomFor(isKind, places, maxLookups), room));
}
