import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RefusedPart } from '@eventing-kafka/contract';
import { broker, delivering, stateOf } from '../testing/contracts.ts';
import { pendingAt, recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';

const refusedEgress: RefusedPart = {
  resourceUid: 'a',
  egressUid: 'a-e1',
  reason: 'BadFilter',
  message: 'the filter is bad',
};
const refusal = { nodeId: 'node-1', reason: 'BadFilter', message: 'the filter is bad' };

describe('the state of serving', () => {
  test('is no-process, pending and serving in turn', async () => {
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), { kind: 'no-process' });
    const { promise: released, resolve: release } = Promise.withResolvers<readonly RefusedPart[]>();
    await using _subscription = await subscribe(server.port, () => released);
    await until('it is connected', () => server.processes().length === 1);
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), pendingAt('node-1'));
    assert.deepEqual(server.servingStatus('receiver', 'a'), { kind: 'no-process' });
    release([]);
    await until('it is served', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'a-e0'), { kind: 'serving', processes: 1 });
    assert.deepEqual(server.servingStatus('dispatcher', 'unknown'), pendingAt('node-1'));
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'unknown'), pendingAt('node-1'));
  });

  test('tells of an egress that is refused, and of nothing else', async () => {
    await using server = await serve();
    const process = served();
    process.answers.push([refusedEgress]);
    server.publish(stateOf(broker('a', 2), broker('b')));
    await using _subscription = await subscribe(server.port, process.apply, { random: () => 0 });
    await until('it answered', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'a-e1'), { kind: 'refused', refusals: [refusal] });
    assert.equal(server.servingStatus('dispatcher', 'a', 'a-e0').kind, 'serving');
    assert.equal(server.servingStatus('dispatcher', 'b', 'b-e0').kind, 'serving');
    assert.deepEqual(server.processes()[0]?.refusedParts, [refusedEgress]);
  });

  test('becomes serving when a refused part is taken at a later try, without a new push', async () => {
    await using server = await serve();
    const process = served();
    process.answers.push([refusedEgress]);
    const revision = server.publish(stateOf(broker('a', 2), broker('b')));
    await using _subscription = await subscribe(server.port, process.apply);
    await until('it is served after all', () => server.servingStatus('dispatcher', 'a', 'a-e1').kind === 'serving');
    assert.deepEqual(
      process.updates.map(({ changedUids }) => [...changedUids].sort()),
      [['a', 'b'], ['a']],
    );
    assert.deepEqual(process.latest()!.revision, revision);
  });

  test('receiver 20.6 K-09, dispatcher 21 C9: a contract that comes while one is applied is applied right after, and an answer is not taken from a later try', async () => {
    await using server = await serve();
    const gates = [Promise.withResolvers<readonly RefusedPart[]>(), Promise.withResolvers<readonly RefusedPart[]>()];
    let calls = 0;
    const revision = server.publish(stateOf(broker('a', 2)));
    await using _subscription = await subscribe(server.port, () => {
      calls += 1;
      return calls === 1 ? Promise.resolve([refusedEgress]) : (gates[calls - 2]?.promise ?? Promise.resolve([]));
    });
    await until('it tries again', () => calls === 2);
    server.publish(stateOf(broker('a', 2), broker('b')));
    await new Promise((resolve) => setTimeout(resolve, 50));
    gates[0]!.resolve([]);
    await until(
      'the try is answered and the push is being applied',
      () => calls === 3 && server.processes()[0]?.refusedParts.length === 0,
    );
    assert.deepEqual(server.processes()[0]?.acknowledged, revision);
    assert.equal(server.servingStatus('dispatcher', 'a', 'a-e1').kind, 'serving');
    assert.equal(server.servingStatus('dispatcher', 'b').kind, 'pending');
    gates[1]!.resolve([]);
    await until('all is served', () => server.servingStatus('dispatcher', 'b').kind === 'serving');
  });

  test('of a resource whose own part is refused is refused for its egresses too', async () => {
    await using server = await serve();
    const process = served();
    process.answers.push([{ resourceUid: 'a', egressUid: '', reason: 'BadSecret', message: 'no such secret' }]);
    server.publish(stateOf(broker('a')));
    await using _subscription = await subscribe(server.port, process.apply);
    await until('it answered', () => server.servingStatus('dispatcher', 'a').kind === 'refused');
    assert.equal(server.servingStatus('dispatcher', 'a', 'a-e0').kind, 'refused');
  });

  test('of a part is refused, then tried again, when apply throws; the process stays connected', async () => {
    const { logger, lines } = recordingLogger();
    await using server = await serve();
    const process = served();
    process.answers.push(new Error('disk full'));
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, process.apply, { logger });
    await until('it answered', () => server.servingStatus('dispatcher', 'a').kind === 'refused');
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'a-e0'), {
      kind: 'refused',
      refusals: [{ nodeId: 'node-1', reason: 'ApplyFailed', message: 'disk full' }],
    });
    await subscription.firstApplied;
    await until('it is served after all', () => server.servingStatus('dispatcher', 'a', 'a-e0').kind === 'serving');
    assert.ok(subscription.connected);
    assert.ok(lines.some((line) => line.includes('applying the contract failed') && line.includes('disk full')));
  });

  test('of what is applied with the next push includes what failed in the one before', async () => {
    await using server = await serve();
    const process = served();
    server.publish(stateOf(broker('a'), broker('b')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    process.answers.push(new Error('busy'));
    server.publish(stateOf(broker('b', 2)));
    await until('it failed', () => server.servingStatus('dispatcher', 'b').kind === 'refused');
    server.publish(stateOf(broker('b', 2), broker('c')));
    await until('all is served', () =>
      ['b', 'c'].every((uid) => server.servingStatus('dispatcher', uid).kind === 'serving'),
    );
    const retried = process.updates.slice(2);
    assert.ok(retried.some(({ changedUids, removedUids }) => changedUids.includes('b') && removedUids.includes('a')));
  });

  test('names the processes of several that do not serve yet', async () => {
    await using server = await serve();
    const [quick, slow] = [served(), Promise.withResolvers<readonly RefusedPart[]>()];
    server.publish(stateOf(broker('a')));
    await using _one = await subscribe(server.port, quick.apply);
    await using _two = await subscribe(server.port, () => slow.promise, {
      identity: { nodeId: 'node-2', kind: 'dispatcher', namespace: '' },
    });
    await until('one of them serves', () => {
      const status = server.servingStatus('dispatcher', 'a');
      return status.kind === 'pending' && status.nodeIds.length === 1 && server.processes().length === 2;
    });
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), pendingAt('node-2'));
    assert.deepEqual(server.waitingFor('dispatcher', server.revision!), ['node-2']);
    slow.resolve([]);
    await until('both serve', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
  });

  test('stays what it was for parts that a push does not touch', async () => {
    await using server = await serve();
    const gate = Promise.withResolvers<readonly RefusedPart[]>();
    let calls = 0;
    server.publish(stateOf(broker('a'), broker('b')));
    await using _subscription = await subscribe(server.port, () =>
      ++calls === 1 ? Promise.resolve([]) : gate.promise,
    );
    await until('it serves', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    server.publish(stateOf(broker('a'), broker('b', 2)));
    assert.equal(server.servingStatus('dispatcher', 'a').kind, 'serving');
    assert.equal(server.servingStatus('dispatcher', 'b', 'b-e0').kind, 'serving');
    assert.equal(server.servingStatus('dispatcher', 'b', 'b-e1').kind, 'pending');
    gate.resolve([]);
  });

  test('tells of thousands of refusals', async () => {
    await using server = await serve();
    const egresses = 12_000;
    server.publish(stateOf(broker('a', egresses)));
    const parts = Array.from({ length: egresses }, (_, index) => ({
      resourceUid: 'a',
      egressUid: `a-e${index}`,
      reason: 'R'.repeat(200),
      message: 'm'.repeat(2_000),
    }));
    await using _subscription = await subscribe(server.port, () => Promise.resolve(parts));
    await until('all are told', () => server.processes()[0]?.refusedParts.length === egresses);
    const status = server.servingStatus('dispatcher', 'a', 'a-e11999');
    assert.equal(status.kind === 'refused' && status.refusals[0]?.message.length, 512);
  });
});

describe('reports of egresses', () => {
  test('reach the controller, the newest of each, and again after a new connection', async () => {
    await using server = await serve();
    const process = served();
    server.publish(stateOf(broker('a', 3)));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    for (let lag = 0n; lag < 1_000n; lag += 1n) subscription.report([delivering('a', 'a-e0', lag)]);
    const blocked = {
      resourceUid: 'a',
      egressUid: 'a-e1',
      phase: 'blocked',
      lastDeliveryError: 'x'.repeat(5_000),
      partitions: [],
    } as const;
    subscription.report([blocked, delivering('a', 'unknown', 1n), delivering('unknown', 'a-e0', 1n)]);
    const states = () => server.processes()[0]?.egressStates ?? [];
    await until('both are there', () => states().length === 2 && states()[0]?.lag === 999n);
    assert.deepEqual(states()[0], delivering('a', 'a-e0', 999n));
    assert.equal(states()[1]?.phase, 'blocked');
    assert.equal(states()[1]?.lastDeliveryError?.length, 512);
    assert.equal(states()[1]?.lag, undefined);

    server.publish(stateOf(broker('a', 1)));
    await until('that of the removed egress is gone', () => states().length === 1);
  });

  test('of many egresses go in several messages', async () => {
    await using server = await serve();
    const process = served();
    server.publish(stateOf(broker('a', 2_500)));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    subscription.report(Array.from({ length: 2_500 }, (_, index) => delivering('a', `a-e${index}`, 1n)));
    await until('all are there', () => server.processes()[0]?.egressStates.length === 2_500);
  });
});

test('changes are told once for many, and end with the signal or the server', async () => {
  const server = await serve();
  const abort = new AbortController();
  let told = 0;
  const listening = (async () => {
    for await (const _ of server.changes(abort.signal)) told += 1;
  })();
  const lasting = (async () => {
    for await (const _ of server.changes(new AbortController().signal)) told += 0;
  })();
  await until('the first was told', () => told === 1);
  server.publish(stateOf(broker('a')));
  const process = served();
  {
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    await until(
      'the process and its answer were told',
      () => told >= 2 && server.servingStatus('dispatcher', 'a').kind === 'serving',
    );
  }
  await until('its leaving was told', () => server.processes().length === 0 && told >= 3);
  abort.abort();
  await listening;
  await server[Symbol.asyncDispose]();
  await lasting;
});
