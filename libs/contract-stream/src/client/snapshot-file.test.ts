import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { contractsEqual } from '@eventing-kafka/contract';
import { silentLogger } from '@eventing-kafka/logging';
import { broker, stateOf } from '../../testing/contracts.ts';
import { isContractStreamError } from '../errors.ts';
import { readSnapshotFile, writeSnapshotFile } from './snapshot-file.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

const owner = { kind: 'dispatcher', namespace: 'ns' } as const;
const held = (generation: bigint, ...uids: string[]) => ({
  revision: { epoch: 3n, generation },
  state: { ...stateOf(...uids.map((uid) => broker(uid, 2))), trustBundles: ['bundle'] },
});
const isUnusable = (error: unknown) => isContractStreamError(error) && error.code === 'CONTRACT_STREAM_SNAPSHOT_FILE';

describe('a snapshot file', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-snapshot-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    file = join(folder, crypto.randomUUID(), 'snapshot');
  });

  test('reads as what was written, and only its owner may read it', async () => {
    const contract = held(9n, ...Array.from({ length: 300 }, (_, index) => `r${index}`));
    await writeSnapshotFile(file, owner, contract);
    const read = await readSnapshotFile(file, owner);
    assert.deepEqual(read?.revision, contract.revision);
    assert.ok(contractsEqual(read.state, contract.state));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(file, '..')), ['snapshot'], 'no temporary file is left');
  });

  test('that is not there is nothing', async () => {
    assert.equal(await readSnapshotFile(file, owner), undefined);
  });

  test('replaces the one before', async () => {
    await writeSnapshotFile(file, owner, held(1n, 'a', 'b'));
    await writeSnapshotFile(file, owner, held(2n, 'a'));
    assert.equal((await readSnapshotFile(file, owner))?.state.resources.size, 1);
  });

  const damages: Record<string, (bytes: Buffer) => Buffer> = {
    'with one bit changed in the contract': (bytes) => flipped(bytes, bytes.length - 100),
    'with one bit changed in the first line': (bytes) => flipped(bytes, 5),
    'with one bit changed in the checksum': (bytes) => flipped(bytes, bytes.length - 1),
    'that is cut off': (bytes) => bytes.subarray(0, bytes.length >> 1),
    'that is empty': () => Buffer.alloc(0),
    'that is something else': () => Buffer.from('{"generation":"7"}'),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`${name} is refused`, async () => {
      await writeSnapshotFile(file, owner, held(1n, 'a'));
      await writeFile(file, damage(await readFile(file)));
      await assert.rejects(readSnapshotFile(file, owner), isUnusable);
    });
  }

  test('of another kind or namespace, or for other resources, is refused', async () => {
    await writeSnapshotFile(file, owner, held(1n, 'a'));
    await assert.rejects(readSnapshotFile(file, { ...owner, kind: 'receiver' }), isUnusable);
    await assert.rejects(readSnapshotFile(file, { ...owner, namespace: '' }), isUnusable);
    await assert.rejects(readSnapshotFile(file, { ...owner, resourceKinds: ['Broker'] }), isUnusable);
    await writeSnapshotFile(file, { ...owner, resourceKinds: ['KafkaSink', 'Broker'] }, held(1n, 'a'));
    assert.ok(await readSnapshotFile(file, { ...owner, resourceKinds: ['Broker', 'KafkaSink'] }));
  });

  test('in a place that cannot be written is an error that names it', async () => {
    await writeSnapshotFile(file, owner, held(1n, 'a'));
    await assert.rejects(
      writeSnapshotFile(join(file, 'below'), owner, held(1n, 'a')),
      (error) => isUnusable(error) && String(error).includes(file),
    );
  });
});

describe('the keeper of a snapshot file', () => {
  test('writes many changes once, and the last of them when it is disposed', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-keeper-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'snapshot');
    {
      await using keeper = new SnapshotKeeper(file, owner, silentLogger);
      for (let generation = 1n; generation <= 1_000n; generation += 1n) keeper.keep(held(generation, 'a'));
      await new Promise(setImmediate);
      assert.deepEqual(await readdir(folder), [], 'nothing is written while changes come');
    }
    assert.equal((await readSnapshotFile(file, owner))?.revision.generation, 1_000n);
  });

  test('does not write what is there already', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-keeper-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'snapshot');
    const contract = held(1n, 'a');
    await writeSnapshotFile(file, owner, contract);
    await truncate(file, 0);
    {
      await using keeper = new SnapshotKeeper(file, owner, silentLogger);
      keeper.found(contract);
      keeper.keep({ revision: { ...contract.revision }, state: { ...contract.state } });
    }
    assert.equal((await stat(file)).size, 0);
  });
});

function flipped(bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
