import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, readRecordsBatch } from '@platformatic/kafka';
import type { OutgoingRecord } from '../records.ts';
import { PendingRecord } from './pending-record.ts';
import { encodeBatch } from './record-batch.ts';
import type { Compression } from './record-batch.ts';

const records: readonly OutgoingRecord[] = [
  { topic: 't', key: null, value: null, headers: [] },
  { topic: 't', key: '', value: Buffer.alloc(0), headers: [{ name: '', value: '' }] },
  {
    topic: 't',
    key: 'schlüssel',
    value: Buffer.alloc(70_000, 'x'),
    headers: [
      { name: 'ce_type', value: 'com.example' },
      { name: 'ce_type', value: 'a long text: '.repeat(20) },
      { name: 'grüße', value: `ünïcode\0 ${'😀'.repeat(40)} \ud800` },
    ],
  },
  {
    topic: 't',
    key: Buffer.from([0, 255]),
    value: Buffer.from('v'),
    headers: [{ name: 'h', value: Buffer.from([254, 0]) }],
  },
];
const timesMs = [1_700_000_000_000, 1_700_000_000_500, 1_699_999_990_000, 1_700_000_003_000];
const pending = records.map(
  (record, index) =>
    new PendingRecord(
      record,
      timesMs[index] ?? 0,
      () => undefined,
      () => undefined,
    ),
);
const bytes = (value: string | Buffer | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] satisfies Compression[]) {
  test(`another reader finds in a batch (${compression}) what was put there`, () => {
    const encoded = encodeBatch(
      pending,
      { producerId: 77n, epoch: 3 },
      2_000_000_000,
      compression,
      Buffer.alloc(100_000),
    );
    const batch = readRecordsBatch(Reader.from(encoded));
    assert.equal(batch.length, encoded.length - 12);
    assert.deepEqual([batch.producerId, batch.producerEpoch, batch.firstSequence], [77n, 3, 2_000_000_000]);
    assert.deepEqual([batch.firstTimestamp, batch.maxTimestamp], [1_700_000_000_000n, 1_700_000_003_000n]);
    assert.equal(batch.lastOffsetDelta, 3);
    assert.deepEqual(
      batch.records.map(({ key, value, headers, timestampDelta }) => ({ key, value, headers, timestampDelta })),
      records.map(({ key, value, headers }, index) => ({
        key: bytes(key),
        value,
        headers: headers.map((header) => [Buffer.from(header.name), bytes(header.value)]),
        timestampDelta: BigInt((timesMs[index] ?? 0) - 1_700_000_000_000),
      })),
    );
  });
}

test('a clock that was set by years between two records makes no garbage', () => {
  const set = [0, 1_700_000_000_000, 5].map(
    (timestampMs) =>
      new PendingRecord(
        records[0] as OutgoingRecord,
        timestampMs,
        () => undefined,
        () => undefined,
      ),
  );
  const encoded = encodeBatch(set, { producerId: 1n, epoch: 0 }, 0, 'none', Buffer.alloc(1000));
  const batch = readRecordsBatch(Reader.from(encoded));
  assert.deepEqual(
    batch.records.map((record) => record.timestampDelta),
    [0n, 536_870_912n, 5n],
  );
});

test('bytes are those of key, value and headers', () => {
  assert.deepEqual(
    pending.map((each) => each.bytes),
    records.map(
      ({ key, value, headers }) =>
        (bytes(key)?.length ?? 0) +
        (value?.length ?? 0) +
        headers.reduce((sum, header) => sum + Buffer.byteLength(header.name) + (bytes(header.value)?.length ?? 0), 0),
    ),
  );
});
