import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { contractsEqual } from '@eventing-kafka/contract';
import { broker, delivering, stateOf } from '../testing/contracts.ts';
import { recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';
import { isContractStreamError } from './index.ts';

describe('when the controller is gone', () => {
  test('security V3 by a kill, the process serves on, and follows the next one', async () => {
    const first = await startProcess('0', '1', 'a');
    const process = served();
    await using subscription = await subscribe(first.port, process.apply);
    await subscription.firstApplied;
    first.child.kill('SIGKILL');
    await until('the stream is over', () => !subscription.connected);
    assert.deepEqual([...process.latest()!.resources.keys()], ['a']);
    assert.equal(process.updates.length, 1);
    const second = await startProcess(String(first.port), '2', 'b');
    await until('the next one is followed', () => process.latest()!.resources.has('b'));
    assert.deepEqual(process.latest()!.removedUids, ['a']);
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
  });

  test('by a clean stop, in the middle of an apply, nothing is lost', async () => {
    const server = await serve({ epoch: 1n });
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const process = served();
    let running = 0;
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, async (update) => {
      running += 1;
      if (running === 1) await released;
      return process.apply(update);
    });
    await until('it applies', () => running === 1);
    await server[Symbol.asyncDispose]();
    await using next = await serve({ epoch: 2n, port: server.port });
    next.publish(stateOf(broker('a'), broker('b')));
    release(undefined);
    await until('the next one is served', () => next.servingStatus('dispatcher', 'b').kind === 'serving');
    assert.deepEqual(
      process.updates.map(({ changedUids }) => changedUids),
      [['a'], ['b']],
    );
    assert.ok(subscription.connected);
  });

  test('and comes back with the same contract, nothing changes, and reports are told again', async () => {
    const server = await serve({ epoch: 1n });
    const process = served();
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    subscription.report([delivering('a', 'a-e0', 7n)]);
    await server[Symbol.asyncDispose]();
    await using next = await serve({ epoch: 2n, port: server.port });
    next.publish(stateOf(broker('a')));
    await until('it is served', () => next.servingStatus('dispatcher', 'a').kind === 'serving');
    assert.deepEqual(process.latest()!.changedUids, []);
    await until('the report is there', () => next.processes()[0]?.egressStates[0]?.lag === 7n);
  });

  test('and restarts again and again, it is found every time, however often it was not', async () => {
    const { logger, lines } = recordingLogger();
    let server = await serve({ epoch: 1n });
    const { port } = server;
    server.publish(stateOf(broker('b1')));
    const process = served();
    await using subscription = await subscribe(port, process.apply, { logger, random: () => 0 });
    await subscription.firstApplied;
    for (const epoch of [2n, 3n, 4n]) {
      await server[Symbol.asyncDispose]();
      lines.length = 0;
      const failed = (): string[] => lines.filter((line) => line.includes('no contract stream'));
      await until('it was looked for in vain', () => failed().length > 12);
      server = await serve({ epoch, port });
      server.publish(stateOf(broker(`b${epoch}`)));
      await until('it is found', () => process.latest()!.resources.has(`b${epoch}`));
    }
    await server[Symbol.asyncDispose]();
  });

  test('without closing its connection, it is given up and found again', async () => {
    await using server = await serve();
    const process = served();
    server.publish(stateOf(broker('a')));
    await using proxy = await startProxy(server.port);
    const keepalive = { timeMs: 200, timeoutMs: 200 };
    await using subscription = await subscribe(proxy.port, process.apply, { keepalive });
    await subscription.firstApplied;
    proxy.holdBack();
    await until('the process gave it up', () => !subscription.connected);
    proxy.letThrough();
    await until('it found it again', () => subscription.connected);
  });
});

test('a process that is gone without closing its connection is forgotten', async () => {
  await using server = await serve({ keepalive: { timeMs: 200, timeoutMs: 200 } });
  const process = served();
  server.publish(stateOf(broker('a')));
  await using proxy = await startProxy(server.port);
  await using subscription = await subscribe(proxy.port, process.apply);
  await subscription.firstApplied;
  proxy.holdBack();
  await until('it is forgotten', () => server.processes().length === 0);
});

describe('a controller of an older epoch', () => {
  test('is refused and logged, and what was served goes on until a newer one comes', async () => {
    const { logger, lines } = recordingLogger();
    const server = await serve({ epoch: 5n });
    const process = served();
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, process.apply, { logger });
    await subscription.firstApplied;
    await server[Symbol.asyncDispose]();
    const { logger: serverLogger, lines: serverLines } = recordingLogger();
    const stale = await serve({ epoch: 4n, port: server.port, logger: serverLogger });
    stale.publish(stateOf(broker('stale')));
    await until('the refusal is logged', () => lines.some((line) => line.includes('OldEpoch')));
    await until('the server knows', () =>
      serverLines.some((line) => line.includes('contract push refused') && line.includes('OldEpoch')),
    );
    assert.deepEqual([...process.latest()!.resources.keys()], ['a']);
    assert.deepEqual(subscription.revision, { epoch: 5n, generation: 1n });
    await stale[Symbol.asyncDispose]();
    await using newer = await serve({ epoch: 6n, port: server.port });
    newer.publish(stateOf(broker('newer')));
    await until('the newer one is followed', () => process.latest()!.resources.has('newer'));
  });

  test('says who refuses it and why, also while they are gone to look for another', async () => {
    const server = await serve({ epoch: 5n });
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, served().apply);
    await subscription.firstApplied;
    await server[Symbol.asyncDispose]();
    const { logger, lines } = recordingLogger();
    await using stale = await serve({ epoch: 4n, port: server.port, logger });
    stale.publish(stateOf(broker('stale')));
    const refused = (): boolean => {
      const status = stale.servingStatus('dispatcher', 'stale');
      return status.kind === 'refused' && status.refusals.every(({ reason }) => reason === 'OldEpoch');
    };
    await until('it is refused', refused);
    await until('the process left', () => stale.processes().length === 0);
    assert.ok(refused());
    stale.publish(stateOf(broker('stale'), broker('stale2')));
    assert.equal(stale.servingStatus('dispatcher', 'stale2').kind, 'refused');
    assert.equal(stale.servingStatus('receiver', 'stale').kind, 'no-process');
    await until('the process came back', () => lines.filter((line) => line.includes('process connected')).length === 2);
    assert.ok(refused());
  });

  test('that may, raises its epoch and is followed, by the others too', async () => {
    const ahead = await serve({ epoch: 5n });
    ahead.publish(stateOf(broker('a')));
    const { logger, lines } = recordingLogger();
    await using server = await serve({ epoch: 4n, mayRaiseEpoch: true, logger });
    const state = stateOf(broker('a'), broker('b'));
    server.publish(state);
    const [one, two] = [served(), served()];
    const identity = { nodeId: 'node-2', kind: 'receiver', namespace: '' } as const;
    await using follower = await subscribe(server.port, two.apply, { identity });
    await until('the other one follows', () => server.servingStatus('receiver', 'b').kind === 'serving');
    await using proxy = await startProxy(ahead.port);
    await using subscription = await subscribe(proxy.port, one.apply);
    await subscription.firstApplied;
    proxy.redirect(server.port);
    await ahead[Symbol.asyncDispose]();
    await until('it is followed', () => server.servingStatus('dispatcher', 'b').kind === 'serving');
    assert.deepEqual(server.revision, { epoch: 6n, generation: 1n });
    assert.deepEqual(one.latest()!.removedUids, []);
    await until('the other one has the new epoch', () => follower.revision?.epoch === 6n);
    assert.deepEqual(two.latest()!.changedUids, []);
    assert.equal(server.servingStatus('receiver', 'b').kind, 'serving');
    assert.equal(server.publish(state), server.revision);
    assert.equal(lines.filter((line) => line.includes('epoch raised')).length, 1);
  });

  test('that may, but is of the same epoch and behind in it, raises it too', async () => {
    const ahead = await serve({ epoch: 5n });
    ahead.publish(stateOf(broker('x')));
    ahead.publish(stateOf(broker('a')));
    await using subscription = await subscribe(ahead.port, served().apply);
    await subscription.firstApplied;
    await ahead[Symbol.asyncDispose]();
    await using server = await serve({ epoch: 5n, mayRaiseEpoch: true, port: ahead.port });
    server.publish(stateOf(broker('b')));
    await until('it is followed', () => server.servingStatus('dispatcher', 'b').kind === 'serving');
    assert.deepEqual(subscription.revision, { epoch: 6n, generation: 1n });
  });
});

describe('a second stream of the same process', () => {
  test('takes the place of the first', async () => {
    await using server = await serve();
    const [one, two] = [served(), served()];
    server.publish(stateOf(broker('a')));
    // The first would come back and take over again: its wait is made a long one.
    await using first = await subscribe(server.port, one.apply, { random: () => 1e6 });
    await first.firstApplied;
    await using second = await subscribe(server.port, two.apply, { random: () => 0 });
    await second.firstApplied;
    assert.equal(server.processes().length, 1);
    await using other = await subscribe(server.port, served().apply, {
      identity: { nodeId: 'node-1', kind: 'receiver', namespace: '' },
    });
    await other.firstApplied;
    await until('both kinds are there', () => server.processes().length === 2);
  });
});

describe('a snapshot on disk', () => {
  test('is served at a start without controller, before one is looked for', async (t) => {
    const file = join(await temporaryFolder(t), 'sub', 'contract.snapshot');
    const server = await serve({ epoch: 3n });
    const state = stateOf(broker('a', 2), broker('b'));
    server.publish(state);
    {
      const process = served();
      await using subscription = await subscribe(server.port, process.apply, { snapshotFile: file });
      await subscription.firstApplied;
    }
    await server[Symbol.asyncDispose]();
    const restarted = served();
    await using subscription = await subscribe(server.port, restarted.apply, { snapshotFile: file });
    assert.ok(contractsEqual(restarted.latest()!, state));
    assert.deepEqual(subscription.revision, { epoch: 3n, generation: 1n });
    await subscription.firstApplied;
    await using stale = await serve({ epoch: 2n, port: server.port });
    stale.publish(stateOf(broker('stale')));
    await using newer = await serve({ epoch: 4n });
    newer.publish(stateOf(broker('a', 2), broker('c')));
    await using moved = await subscribe(newer.port, restarted.apply, {
      snapshotFile: file,
      identity: { nodeId: 'node-2', kind: 'dispatcher', namespace: '' },
    });
    await until('the newer contract is served', () => restarted.latest()!.resources.has('c'));
    assert.deepEqual([restarted.latest()!.changedUids, restarted.latest()!.removedUids], [['c'], ['b']]);
    assert.deepEqual(moved.revision, { epoch: 4n, generation: 1n });
  });

  test('that is damaged is logged and not used', async (t) => {
    const file = join(await temporaryFolder(t), 'contract.snapshot');
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    {
      await using subscription = await subscribe(server.port, served().apply, { snapshotFile: file });
      await subscription.firstApplied;
    }
    const bytes = await readFile(file);
    bytes[bytes.length - 50]! ^= 1;
    await writeFile(file, bytes);
    const { logger, lines } = recordingLogger();
    const process = served();
    await using subscription = await subscribe(server.port, process.apply, { snapshotFile: file, logger });
    assert.ok(lines.some((line) => line.includes('contract snapshot not used') && line.includes('checksum')));
    await subscription.firstApplied;
    assert.deepEqual(
      process.updates.map(({ changedUids }) => changedUids),
      [['a']],
    );
  });

  test('that cannot be written is logged and holds nothing up', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'file'), '');
    const { logger, lines } = recordingLogger();
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    {
      await using subscription = await subscribe(server.port, served().apply, {
        snapshotFile: join(folder, 'file', 'x'),
        logger,
      });
      await subscription.firstApplied;
    }
    assert.ok(lines.some((line) => line.includes('contract snapshot not written')));
  });
});

describe('without a controller', () => {
  test('a subscription starts at once, logs why, and ends at once', async () => {
    const { logger, lines } = recordingLogger();
    const free = await serve();
    await free[Symbol.asyncDispose]();
    const subscription = await subscribe(free.port, served().apply, { logger });
    assert.equal(subscription.connected, false);
    assert.equal(subscription.revision, undefined);
    await until('the reason is logged', () =>
      lines.some((line) => line.includes('CONTRACT_STREAM_UNREACHABLE') && line.includes('ECONNREFUSED')),
    );
    await subscription[Symbol.asyncDispose]();
    await subscription[Symbol.asyncDispose]();
    await assert.rejects(
      subscription.firstApplied,
      (error) => isContractStreamError(error) && error.code === 'CONTRACT_STREAM_CLOSED',
    );
  });

  test('a target that is no host:port is refused', async () => {
    for (const target of ['controller', 'http://controller:1', 'controller:0', 'controller:65536', ':1', '']) {
      await assert.rejects(
        subscribe(1, served().apply, { target }),
        (error) => isContractStreamError(error) && error.code === 'CONTRACT_STREAM_INVALID_TARGET',
        target,
      );
    }
  });
});

async function temporaryFolder(t: { after: (release: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-snapshot-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startProcess(...args: readonly string[]): Promise<{ child: ReturnType<typeof spawn>; port: number }> {
  const script = join(import.meta.dirname, '../testing/controller-process.ts');
  const child = spawn(process.execPath, ['--conditions=@eventing-kafka/source', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(line.toString()) };
}

interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Connections stay open, but nothing passes: as when a machine is gone. */
  holdBack(): void;
  letThrough(): void;
  /** New connections lead to another port. */
  redirect(port: number): void;
}

async function startProxy(port: number): Promise<Proxy> {
  let target = port;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    holdBack: () => {
      for (const socket of sockets) socket.unpipe().pause();
      sockets.clear();
    },
    letThrough: () => undefined,
    redirect: (other) => {
      target = other;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.resolve();
    },
  };
}
