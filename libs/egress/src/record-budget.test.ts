import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecordBudget, type RecordHolder } from './record-budget.ts';

/** Holds records of the given sizes; each may be in delivery too, and is counted until both let go. */
class Holder implements RecordHolder {
  readonly records: { readonly bytes: number; inDelivery: boolean }[] = [];
  readonly #budget: RecordBudget;

  constructor(budget: RecordBudget) {
    this.#budget = budget;
    budget.join(this);
  }

  get heldBytes(): number {
    return this.records.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(bytes: number, inDelivery: boolean): void {
    this.records.push({ bytes, inDelivery });
    this.#budget.taken(bytes);
  }

  evict(): void {
    const oldest = this.records.shift();
    if (oldest?.inDelivery === false) this.#budget.returned(oldest.bytes);
  }
}

test('deliveries that hold more than the limit keep nobody from reading', () => {
  const budget = new RecordBudget(1_000);
  budget.taken(5_000);
  const holder = new Holder(budget);
  holder.add(100, false);
  assert.equal(budget.makeRoom(true), true);
  assert.equal(budget.makeRoom(false), true);
  assert.equal(holder.heldBytes, 100);
});

test('reading ahead takes nothing from others; who waits for records has the largest holder make room', () => {
  const budget = new RecordBudget(1_000);
  const small = new Holder(budget);
  const large = new Holder(budget);
  small.add(400, false);
  for (let count = 0; count < 4; count += 1) large.add(200, false);
  assert.equal(budget.makeRoom(false), false);
  assert.deepEqual([small.heldBytes, large.heldBytes], [400, 800]);
  assert.equal(budget.makeRoom(true), true);
  assert.deepEqual([small.heldBytes, large.heldBytes], [400, 400]);
});

test('after making room, all is below the limit, or what could be read again is below half of it', () => {
  const records = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 500 }), inDelivery: fc.boolean() }));
  fc.assert(
    fc.property(fc.array(records, { maxLength: 5 }), (holders) => {
      const budget = new RecordBudget(1_000);
      const made = holders.map((ofHolder) => {
        const holder = new Holder(budget);
        for (const { bytes, inDelivery } of ofHolder) holder.add(bytes, inDelivery);
        return holder;
      });
      assert.equal(budget.makeRoom(true), true);
      const held = made.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
      assert.ok(budget.usedBytes < 1_000 || held < 500);
    }),
  );
});
