import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { ApplyContract, ContractUpdate, RefusedPart } from '@eventing-kafka/contract';
import { createLogger, silentLogger, type Logger } from '@eventing-kafka/logging';
import { isContractFileError, watchContractFile, type ContractFile, type WatchContractFileOptions } from './index.ts';

type Json = Readonly<Record<string, unknown>>;

/** A Broker with one Trigger that has no problems. */
function broker(uid: string, changes: Json = {}): Json {
  const egresses = [egress(`${uid}-trigger`)];
  return { uid, topics: [uid], bootstrapServers: 'kafka:9092', ingress: { path: `/ns/${uid}` }, egresses, ...changes };
}

function egress(uid: string, changes: Json = {}): Json {
  return { uid, consumerGroup: uid, destination: 'http://subscriber/', ...changes };
}

function contractText(...resources: readonly unknown[]): string {
  return JSON.stringify({ generation: '1', resources });
}

/** Remembers what it was given, and refuses what it is told to. */
class Served {
  readonly updates: ContractUpdate[] = [];
  refuse: readonly RefusedPart[] = [];

  readonly apply: ApplyContract = (update) => {
    this.updates.push(update);
    return Promise.resolve(this.refuse.filter(({ resourceUid }) => update.changedUids.includes(resourceUid)));
  };

  get latest(): ContractUpdate {
    const latest = this.updates.at(-1);
    assert.ok(latest !== undefined, 'nothing was applied');
    return latest;
  }

  get uids(): readonly string[] {
    return [...this.latest.resources.keys()];
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `in 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a contract file', () => {
  let folder: string;
  let path: string;
  let served: Served;
  let lines: string[];
  let logger: Logger;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contract-file-'));
    path = join(folder, 'contract.json');
    served = new Served();
    lines = [];
    logger = createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Quick, and silent about the grace of half-written files. */
  function watch(options: Partial<WatchContractFileOptions> = {}): Promise<ContractFile> {
    const quick = { debounceMs: 5, pollMs: 20, graceMs: 0 };
    return watchContractFile({ path, kind: 'dispatcher', apply: served.apply, logger, ...quick, ...options });
  }
  const logged = (part: string): number => lines.filter((line) => line.includes(part)).length;

  test('is applied before the subscription is given', async () => {
    await writeFile(path, contractText(broker('a'), broker('b')));
    await using contract = await watch();
    assert.deepEqual(served.latest.changedUids, ['a', 'b']);
    assert.deepEqual(contract.revision, { epoch: 0n, generation: 1n });
    assert.equal(contract.connected, true);
    await contract.firstApplied;
  });

  test('of which a receiver serves what has an ingress, without egresses, and a dispatcher all but the ingress', async () => {
    await writeFile(path, contractText(broker('a'), broker('source', { ingress: undefined })));
    await using receiver = await watch({ kind: 'receiver' });
    assert.equal(receiver.connected, true);
    assert.deepEqual(served.uids, ['a']);
    assert.deepEqual(served.latest.resources.get('a')?.egresses, []);
    await using dispatcher = await watch();
    assert.equal(dispatcher.connected, true);
    assert.deepEqual(served.uids, ['a', 'source']);
    assert.equal(served.latest.resources.get('a')?.ingress, undefined);
  });

  test('without resources is applied too: from then on the process is ready', async () => {
    await writeFile(path, '{}');
    await using contract = await watch();
    await contract.firstApplied;
    assert.equal(served.updates.length, 1);
    assert.deepEqual(served.latest.changedUids, []);
  });

  for (const [name, replace] of Object.entries({
    'written in place': (text: string) => writeFile(path, text),
    'replaced by renaming': async (text: string) => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    },
    'removed and made again': async (text: string) => {
      await rm(path);
      await writeFile(path, text);
    },
    'in a folder that was removed and made again': async (text: string) => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await writeFile(path, text);
    },
  })) {
    test(`that is ${name} is read again, and what did not change is the same object`, async () => {
      await writeFile(path, contractText(broker('a'), broker('b'), broker('c')));
      await using contract = await watch();
      const before = served.latest.resources.get('a');
      await replace(contractText(broker('a'), broker('b', { topics: ['other'] })));
      await until('the change is applied', () => served.updates.length === 2);
      assert.equal(contract.connected, true);
      assert.deepEqual([served.latest.changedUids, served.latest.removedUids], [['b'], ['c']]);
      assert.equal(served.latest.resources.get('a'), before);
    });
  }

  test('of a ConfigMap is read again when the link above it is swapped', async () => {
    const data = join(folder, '..data');
    const put = async (version: string, text: string): Promise<void> => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'contract.json'), text);
      await symlink(version, `${data}_tmp`);
      await rename(`${data}_tmp`, data);
    };
    await put('..1', contractText(broker('a')));
    await symlink(join('..data', 'contract.json'), path);
    // Ticks do not help: the file system has to tell.
    await using contract = await watch({ pollMs: 60_000 });
    await put('..2', contractText(broker('b')));
    await until('the change is applied', () => served.uids.includes('b'));
    assert.deepEqual(served.latest.removedUids, ['a']);
    assert.equal(contract.connected, true);
  });

  test('behind a link to another folder is found by looking at it', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'c.json'), contractText(broker('a')));
    await symlink(join(elsewhere, 'c.json'), path);
    await using contract = await watch();
    await writeFile(join(elsewhere, 'c.json'), contractText(broker('b')));
    await until('the change is applied', () => served.uids.includes('b'));
    assert.equal(contract.connected, true);
  });

  test('receiver 20.6 K-07, receiver 20.6 K-08, dispatcher 21 C8: it is compared by what it says, another generation alone changes nothing, and a change needs none (differs: of equal generations the content counts)', async () => {
    await writeFile(path, JSON.stringify({ generation: 5, resources: [broker('a')] }));
    await using contract = await watch();
    await writeFile(path, JSON.stringify({ generation: 6, resources: [broker('a')] }));
    await until('it is read', () => contract.revision?.generation === 6n);
    assert.equal(served.updates.length, 1);
    await writeFile(path, JSON.stringify({ generation: 6, resources: [broker('b')] }));
    await until('it is read', () => served.updates.length === 2);
    assert.deepEqual(served.uids, ['b']);
  });

  test('written with the size and the time it had is read all the same', async () => {
    const at = new Date(1_700_000_000_000);
    await writeFile(path, contractText(broker('a')));
    await utimes(path, at, at);
    await using contract = await watch();
    await writeFile(path, contractText(broker('b')));
    await utimes(path, at, at);
    await until('it is read', () => served.uids.includes('b'));
    assert.equal(contract.connected, true);
  });

  for (const [name, spoil, why] of [
    ['emptied', () => writeFile(path, ''), 'it is empty'],
    ['cut off', () => writeFile(path, contractText(broker('b')).slice(0, -1)), 'is not JSON'],
    ['no contract', () => writeFile(path, '[]'), 'is no JSON object'],
    ['removed', () => rm(path), 'cannot be read'],
    ['made a folder', async () => (await rm(path), await mkdir(path)), 'cannot be read'],
    ['too large', () => writeFile(path, ' '.repeat(5_000)), 'at most 4096 are read'],
  ] as const) {
    test(`receiver 20.6 K-10: a file that is ${name} changes nothing of what is served, says so once, and is used again when it is mended`, async () => {
      await writeFile(path, contractText(broker('a')));
      await using contract = await watch({ maxBytes: 4_096 });
      await spoil();
      await until('it says so', () => !contract.connected);
      assert.match(lines.join('\n'), new RegExp(why, 'u'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(logged('what was served goes on'), 1);
      assert.equal(served.updates.length, 1);
      await rm(path, { recursive: true, force: true });
      await writeFile(path, contractText(broker('b')));
      await until('it is used again', () => contract.connected && served.uids.includes('b'));
      assert.equal(logged('in use again'), 1);
    });
  }

  test('that is half written is taken for one that is being written, for a while', async () => {
    await writeFile(path, contractText(broker('a')));
    await using contract = await watch({ graceMs: 60_000 });
    const text = contractText(broker('b'));
    await writeFile(path, text.slice(0, 40));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(contract.connected, true);
    await writeFile(path, text);
    await until('it is read', () => served.uids.includes('b'));
    assert.equal(logged('not used'), 0);
  });

  test('that is missing at first is waited for', async () => {
    await using contract = await watch();
    assert.deepEqual([contract.revision, contract.connected, served.updates.length], [undefined, false, 0]);
    assert.equal(logged('waiting for one'), 1);
    await writeFile(path, contractText(broker('a')));
    await contract.firstApplied;
    assert.equal(contract.connected, true);
  });

  test('with a bad part serves the others, names each problem with its place, and keeps what was served', async () => {
    await writeFile(path, contractText(broker('a'), broker('b', { egresses: [egress('b1'), egress('b2')] })));
    await using contract = await watch();
    const text = contractText(
      broker('a', { bootstrapServers: 'kafka' }),
      broker('b', {
        topics: ['new'],
        egresses: [egress('b1', { destination: 'nowhere' }), egress('b2'), egress('b3', { vReplicas: 'many' })],
      }),
      'text',
      broker('b'),
      broker('c', { egresses: [egress('b2'), egress('c1')] }),
    );
    await writeFile(path, `{"trustBundles":["none"],${text.slice(1)}`);
    await until('it is read', () => served.updates.length === 2);
    const { resources } = served.latest;
    assert.deepEqual(served.uids, ['a', 'b', 'c']);
    assert.equal(resources.get('a')?.bootstrapServers, 'kafka:9092');
    assert.deepEqual(resources.get('b')?.topics, ['new']);
    assert.deepEqual(
      resources.get('b')?.egresses.map(({ uid, destination }) => [uid, destination]),
      [
        ['b1', 'http://subscriber/'],
        ['b2', 'http://subscriber/'],
      ],
    );
    assert.deepEqual(
      resources.get('c')?.egresses.map(({ uid }) => uid),
      ['c1'],
    );
    assert.deepEqual(served.latest.trustBundles, []);
    const places = lines.flatMap((line) => /"place":"([^"]*)"/u.exec(line)?.[1] ?? []);
    assert.deepEqual(places, [
      'resources[0].bootstrapServers',
      'resources[1].egresses[2].vReplicas',
      'resources[1].egresses[0].destination',
      'resources[2]',
      'resources[2].uid',
      'resources[2].topics',
      'resources[2].bootstrapServers',
      'resources[3].uid',
      'resources[4].egresses[0].uid',
      'trustBundles[0]',
    ]);
    assert.deepEqual(
      contract.refusedParts.map(({ resourceUid, egressUid, reason }) => [resourceUid, egressUid, reason]),
      [
        ['a', '', 'InvalidResource'],
        ['b', 'b3', 'InvalidEgress'],
        ['b', 'b1', 'InvalidEgress'],
        ['', '', 'InvalidResource'],
        ['b', '', 'InvalidResource'],
        ['c', 'b2', 'InvalidEgress'],
      ],
    );
  });

  test('has what was refused tried again', async () => {
    await writeFile(path, contractText(broker('a'), broker('b')));
    served.refuse = [{ resourceUid: 'a', egressUid: '', reason: 'NotNow', message: 'not now' }];
    await using contract = await watch({ random: () => 0.99 });
    assert.deepEqual(contract.refusedParts, served.refuse);
    served.refuse = [];
    await until('it is tried again', () => contract.refusedParts.length === 0);
    assert.deepEqual(served.latest.changedUids, ['a']);
  });

  test('that was let go of is read no more', async () => {
    const contract = await watch({ logger: silentLogger });
    await contract[Symbol.asyncDispose]();
    await contract[Symbol.asyncDispose]();
    await writeFile(path, contractText(broker('a')));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(served.updates.length, 0);
    await assert.rejects(
      contract.firstApplied,
      (error) => isContractFileError(error) && error.code === 'CONTRACT_FILE_CLOSED',
    );
  });
});
