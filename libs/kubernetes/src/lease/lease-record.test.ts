import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaseRecord, leaseSpec } from './lease-record.ts';

const annotation = 'example.com/epoch';
const lease = (epoch: string) => ({ metadata: { name: 'l', annotations: { [annotation]: epoch } } });

for (const [text, epoch] of [
  ['1700000000000', 1_700_000_000_000n],
  ['18446744073709551614', 18_446_744_073_709_551_614n],
  ['18446744073709551615', 0n],
  ['99999999999999999999', 0n],
  ['-1', 0n],
  ['soon', 0n],
  ['', 0n],
] as const) {
  test(`the epoch annotation "${text}" is read as ${epoch}`, () => {
    assert.equal(leaseRecord(lease(text), annotation).epoch, epoch);
  });
}

test('a record survives being written and read', () => {
  const record = {
    holder: 'me',
    durationMs: 15_000,
    transitions: 2,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    epoch: 5n,
  };
  assert.deepEqual(leaseRecord({ ...lease('5'), spec: leaseSpec(record, 0) }, annotation), record);
});

test('a lease that says nothing is held by nobody', () => {
  assert.deepEqual(leaseRecord({ metadata: { name: 'l' } }, annotation), {
    holder: '',
    durationMs: 0,
    transitions: 0,
    acquireTime: '',
    epoch: 0n,
  });
});
