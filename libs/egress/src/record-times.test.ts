import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordTimes } from './record-times.ts';

test('times between known ones are estimated, those beyond are not known', () => {
  const times = new RecordTimes();
  times.observe(100, 1_000);
  times.observe(200, 3_000);
  assert.deepEqual(
    [99, 100, 150, 200, 201].map((offset) => times.at(offset)),
    [undefined, 1_000, 2_000, 3_000, undefined],
  );
});

test('an event after a long silence is as old as it is', () => {
  const times = new RecordTimes();
  times.observe(0, 0);
  times.observe(9, 1_000);
  times.observe(10, 1_000_000);
  assert.equal(times.at(10), 1_000_000);
});

test('what is read later of earlier offsets counts too', () => {
  const times = new RecordTimes();
  times.observe(1_000, 50_000);
  times.observe(10, 1_000);
  times.observe(20, 2_000);
  assert.equal(times.at(15), 1_500);
});

test('it stays small, and knows the newest exactly and the oldest about', () => {
  const times = new RecordTimes();
  for (let offset = 0; offset < 100_000; offset += 1) times.observe(offset, offset * 10);
  assert.equal(times.at(99_990), 999_900);
  const old = times.at(50);
  assert.ok(old !== undefined && Math.abs(old - 500) < 1_000, String(old));
});

test('a record without a time tells nothing', () => {
  const times = new RecordTimes();
  times.observe(5, -1);
  assert.equal(times.at(5), undefined);
});
