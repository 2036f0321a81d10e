import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaRecord } from '@eventing-kafka/kafka-client';
import { parseFilters } from '@eventing-kafka/filters';
import { PartitionWindow, type WindowCursor } from './partition-window.ts';
import { RecordBudget } from './record-budget.ts';

function record(offset: number, type = 'a', bytes = 1_000): KafkaRecord {
  const headers = Object.entries({ ce_specversion: '1.0', ce_id: String(offset), ce_source: '/s', ce_type: type });
  return {
    topic: 't',
    partition: 0,
    offset,
    timestampMs: 0,
    key: null,
    value: Buffer.alloc(bytes),
    headers: headers.map(([name, value]) => ({ name, value: Buffer.from(value) })),
  };
}

class Cursor implements WindowCursor {
  nextOffset: number;
  hungry = false;
  evictions = 0;
  constructor(nextOffset: number) {
    this.nextOffset = nextOffset;
  }
  isHungry(): boolean {
    return this.hungry;
  }
  evicted(): void {
    this.evictions += 1;
  }
  proceed(): void {
    // The tests move cursors themselves.
  }
}

function windowAt(
  offset: number,
  limitBytes = 1_000_000,
): { window: PartitionWindow; budget: RecordBudget; skipped: number[]; undecodable: number[] } {
  const skipped: number[] = [];
  const undecodable: number[] = [];
  const budget = new RecordBudget(limitBytes);
  const window = new PartitionWindow(0, offset, budget, {
    skipped: (count) => skipped.push(count),
    undecodable: (held) => undecodable.push(held.offset),
    appended: () => undefined,
  });
  return { window, budget, skipped, undecodable };
}

const selection = (type: string) => {
  const filter = parseFilters({ dialectedFilter: [{ filter: { $case: 'exact', value: { attributes: { type } } } }] });
  return { key: type, filter, overrides: { extensions: new Map(), ignored: [], key: '' } };
};

test('holds records until the slowest cursor passed them, and gives their bytes back', () => {
  const { window, budget } = windowAt(10);
  const fast = new Cursor(10);
  const slow = new Cursor(10);
  window.cursors.add(fast).add(slow);
  window.append([record(10), record(11), record(12)]);
  const held = budget.usedBytes;
  fast.nextOffset = 13;
  slow.nextOffset = 11;
  window.trim();
  assert.equal(window.startOffset, 11);
  assert.ok(budget.usedBytes < held);
  slow.nextOffset = 13;
  window.trim();
  assert.deepEqual([window.startOffset, window.nextOffset, budget.usedBytes, window.heldBytes], [13, 13, 0, 0]);
});

test('O16: offsets without records are passed over and counted', () => {
  const { window, skipped } = windowAt(0);
  window.append([record(0), record(1), record(4)]);
  assert.deepEqual(skipped, [2]);
  assert.equal(window.nextOffset, 5);
});

test('takes nothing of a log that went back, and tells where it begins now', () => {
  const { window, skipped } = windowAt(5);
  window.cursors.add(new Cursor(5));
  const { bytes, wentBackTo } = window.append([record(5), record(6), record(2), record(3), record(9)]);
  assert.deepEqual([bytes, wentBackTo, window.nextOffset, skipped], [window.heldBytes, 2, 7, []]);
  assert.equal(window.append([record(7)]).wentBackTo, undefined);
});

test('judges each record once for a filter, and shows an undecodable one to everybody', () => {
  const { window, undecodable } = windowAt(0);
  window.cursors.add(new Cursor(0));
  const view = window.select(selection('b'));
  assert.equal(window.select(selection('b')), view);
  window.append([record(0, 'a'), record(1, 'b'), { ...record(2), headers: [] }, record(3, 'a'), record(4, 'b')]);
  const matched = Array.from({ length: view.matches.end }, (_, index) => view.matches.at(index)?.offset);
  assert.deepEqual(matched, [1, 2, 4]);
  assert.deepEqual(undecodable, [2]);
});

test('a selection that comes later sees what is held, from any offset on', () => {
  const { window } = windowAt(0);
  window.cursors.add(new Cursor(0));
  window.append([record(0, 'b'), record(1, 'a'), record(2, 'b'), record(3, 'b')]);
  const view = window.select(selection('b'));
  assert.equal(view.matches.at(view.indexFrom(1))?.offset, 2);
  assert.equal(view.matches.at(view.indexFrom(4)), undefined);
});

test('lead counts what no cursor has looked at', () => {
  const { window } = windowAt(0);
  const cursor = new Cursor(0);
  window.cursors.add(cursor);
  window.append([record(0), record(1)]);
  assert.equal(window.leadBytes, window.heldBytes);
  cursor.nextOffset = 1;
  assert.equal(window.leadBytes, window.heldBytes / 2);
  cursor.nextOffset = 2;
  assert.equal(window.leadBytes, 0);
});

test('makes room by dropping the oldest records of the largest window, and tells whoever wanted them', () => {
  const { window, budget } = windowAt(0, 50_000);
  const slow = new Cursor(0);
  const fast = new Cursor(40);
  window.cursors.add(slow).add(fast);
  window.append(Array.from({ length: 40 }, (_, offset) => record(offset)));
  assert.ok(budget.usedBytes > 50_000);
  assert.equal(budget.makeRoom(true), true);
  assert.ok(budget.usedBytes < 50_000);
  assert.ok(slow.evictions > 0);
  assert.equal(fast.evictions, 0);
  assert.equal(window.covers(0), false);
  assert.equal(window.covers(40), true);
});

test('a record in delivery keeps its bytes when the window drops it, and keeps nobody from reading', () => {
  const { window, budget } = windowAt(0, 1);
  window.cursors.add(new Cursor(0));
  const view = window.select(selection('a'));
  window.append([record(0)]);
  const held = view.matches.at(0);
  held?.hold();
  assert.equal(budget.makeRoom(true), true);
  assert.equal(window.heldBytes, 0);
  assert.ok(budget.usedBytes > 0);
  held?.release();
  assert.equal(budget.usedBytes, 0);
});
