import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractsEqual, type RefusedPart } from '@eventing-kafka/contract';
import { broker, stateOf, trigger, withResource } from '../testing/contracts.ts';
import { pendingAt, recordingLogger, serve, served, subscribe, until } from '../testing/harness.ts';
import { isContractStreamError } from './index.ts';

describe('a push', () => {
  test('brings a process that connects the whole contract, and then only what changed', async () => {
    await using server = await serve();
    const process = served();
    const first = stateOf(broker('a', 3), broker('b', 3));
    server.publish(first);
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    assert.ok(contractsEqual(process.latest()!, first));
    assert.deepEqual([...process.latest()!.changedUids].sort(), ['a', 'b']);
    const heldB = process.latest()!.resources.get('b');
    const heldEgress = process.latest()!.resources.get('a')!.egresses[0];

    const changed = broker('a', 3);
    changed.egresses[2] = trigger('a', 2, { destination: 'http://elsewhere.example/' });
    const second = withResource(first, changed);
    server.publish(second);
    await until('the change was applied', () => process.updates.length === 2);
    const update = process.latest()!;
    assert.ok(contractsEqual(update, second));
    assert.deepEqual(update.changedUids, ['a']);
    assert.equal(update.resources.get('b'), heldB, 'an unchanged resource is the same object');
    assert.equal(update.resources.get('a')!.egresses[0], heldEgress, 'an unchanged egress is the same object');
    assert.deepEqual(update.revision, { epoch: 1n, generation: 2n });

    server.publish(stateOf(changed));
    await until('the removal was applied', () => process.updates.length === 3);
    assert.deepEqual(process.latest()!.removedUids, ['b']);
    assert.deepEqual(subscription.revision, { epoch: 1n, generation: 3n });
  });

  test('of a contract equal to the last one does not happen', async () => {
    await using server = await serve();
    const process = served();
    const revision = server.publish(stateOf(broker('a'), broker('b')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    assert.deepEqual(server.publish(stateOf(broker('b'), broker('a'))), revision);
    assert.deepEqual(server.publish(stateOf(broker('a', 2))), { epoch: 1n, generation: 2n });
    await until('the second was applied', () => process.updates.length === 2);
  });

  test('is not made before something was published', async () => {
    await using server = await serve();
    const process = served();
    await using subscription = await subscribe(server.port, process.apply);
    await until('the process is connected', () => subscription.connected);
    assert.equal(server.revision, undefined);
    assert.equal(process.updates.length, 0);
    server.publish(stateOf());
    await subscription.firstApplied;
    assert.equal(process.latest()!.resources.size, 0);
  });

  test('of trust bundles alone reaches the process', async () => {
    await using server = await serve();
    const process = served();
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
    server.publish({ ...stateOf(broker('a')), trustBundles: [pem] });
    await until('the bundles were applied', () => process.latest()!.trustBundles.length === 1);
    assert.deepEqual(process.latest()!.changedUids, []);
    server.publish(stateOf(broker('a')));
    await until('they are gone', () => process.latest()!.trustBundles.length === 0);
  });

  test('of a contract with problems throws and leaves what is served', async () => {
    await using server = await serve();
    const process = served();
    const revision = server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    const bad = stateOf(broker('a'), broker('b', 1, { ingress: { path: '/ns/a' }, topics: [] }));
    assert.throws(
      () => server.publish(bad),
      (error) =>
        isContractStreamError(error) &&
        error.code === 'CONTRACT_STREAM_INVALID_CONTRACT' &&
        error.message.includes('resources[b].topics') &&
        error.message.includes('resources[b].ingress.path claims the path "/ns/a", which resources[a] has already'),
    );
    assert.throws(
      () => server.publish({ resources: new Map([['x', broker('a')]]), trustBundles: [] }),
      isContractStreamError,
    );
    assert.deepEqual(server.revision, revision);
    server.publish(stateOf(broker('a'), broker('b')));
    await until('the next good one was applied', () => process.updates.length === 2);
    assert.deepEqual([...process.latest()!.resources.keys()].sort(), ['a', 'b']);
  });
});

describe('many quick publishes', () => {
  test('come together in few pushes, and the last of them is what is served', async () => {
    await using server = await serve();
    const process = served();
    let state = stateOf(broker('a', 5), broker('b', 5));
    server.publish(state);
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    for (let index = 0; index < 1_000; index += 1) {
      const egress = trigger('a', index % 5, { destination: `http://version-${index}.example/` });
      const { egresses } = state.resources.get('a')!;
      state = withResource(
        state,
        broker('a', 5, { egresses: egresses.map((each) => (each.uid === egress.uid ? egress : each)) }),
      );
      server.publish(state);
      if (index % 100 === 0) await new Promise(setImmediate);
    }
    assert.deepEqual(server.revision, { epoch: 1n, generation: 1_001n });
    await until('the last one is served', () => server.servingStatus('dispatcher', 'a', 'a-e4').kind === 'serving');
    await until('all of it is acknowledged', () => server.waitingFor('dispatcher', server.revision!).length === 0);
    assert.ok(contractsEqual(process.latest()!, state));
    assert.ok(process.updates.length < 200, `${process.updates.length} updates`);
  });

  test('wait for a process that is slow to apply as one push', async () => {
    await using server = await serve();
    const { promise: released, resolve: release } = Promise.withResolvers<readonly RefusedPart[]>();
    const process = served();
    let calls = 0;
    server.publish(stateOf(broker('a')));
    await using _subscription = await subscribe(server.port, async (update) => {
      calls += 1;
      if (calls === 1) await released;
      return process.apply(update);
    });
    await until('it is busy', () => calls === 1);
    for (let index = 1; index <= 50; index += 1) server.publish(stateOf(broker('a', index), broker(`b${index}`)));
    assert.deepEqual(server.servingStatus('dispatcher', 'b50'), pendingAt('node-1'));
    release([]);
    await until('the last is served', () => server.servingStatus('dispatcher', 'b50').kind === 'serving');
    assert.equal(calls, 2);
    assert.deepEqual(process.latest()!.revision, { epoch: 1n, generation: 51n });
    assert.deepEqual([...process.latest()!.resources.keys()].sort(), ['a', 'b50']);
  });
});

describe('a contract larger than a message', () => {
  test('of many resources, and of one resource with many egresses, arrives whole', async () => {
    await using server = await serve();
    const process = served();
    const padding = 'x'.repeat(2_000);
    const big = broker('big', 12_000);
    for (const egress of big.egresses) egress.destination += `?${padding}`;
    const state = stateOf(big, ...Array.from({ length: 500 }, (_, index) => broker(`r${index}`, 10)));
    server.publish(state);
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    assert.ok(contractsEqual(process.latest()!, state));
    assert.equal(process.latest()!.resources.get('big')!.egresses.length, 12_000);
    server.publish(withResource(state, broker('r1', 9)));
    await until('a small change arrives too', () => process.updates.length === 2);
    assert.deepEqual(process.latest()!.changedUids, ['r1']);
  });

  test('and a change that large arrive whole', async () => {
    await using server = await serve();
    const process = served();
    server.publish(stateOf(broker('a'), broker('b')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    const heldB = process.latest()!.resources.get('b');
    const padding = 'x'.repeat(2_000);
    const big = broker('a', 4_000);
    for (const egress of big.egresses) egress.destination += `?${padding}`;
    server.publish(stateOf(big, broker('b')));
    await until('it was applied', () => process.updates.length === 2);
    assert.deepEqual(process.latest()!.changedUids, ['a']);
    assert.ok(contractsEqual(process.latest()!, stateOf(big, broker('b'))));
    assert.equal(process.latest()!.resources.get('b'), heldB);
  });

  test('is refused when a single piece of it cannot fit', async () => {
    await using server = await serve();
    const huge = broker('a', 1);
    huge.egresses[0]!.destination += `?${'x'.repeat(9_000_000)}`;
    assert.throws(() => server.publish(stateOf(huge)), /resources\[a\]\.egresses\[a-e0\] takes \d+ bytes/u);
  });
});

describe('what a process gets', () => {
  test('is without egresses, and without resources that have no ingress, for a receiver', async () => {
    await using server = await serve();
    const receiver = served();
    const identity = { nodeId: 'node-1', kind: 'receiver', namespace: '' } as const;
    const source = broker('source', 1, { ingress: undefined });
    server.publish(stateOf(broker('a', 2), source));
    await using subscription = await subscribe(server.port, receiver.apply, { identity });
    await subscription.firstApplied;
    assert.deepEqual([...receiver.latest()!.resources.keys()], ['a']);
    assert.deepEqual(receiver.latest()!.resources.get('a')!.egresses, []);
    server.publish(stateOf(broker('a', 3), source));
    await until('it acknowledged', () => server.servingStatus('receiver', 'a', 'a-e2').kind === 'serving');
    assert.deepEqual(receiver.latest()!.changedUids, []);
    server.publish(stateOf(broker('a', 3, { ingress: undefined }), source));
    await until('its ingress is gone', () => receiver.latest()!.resources.size === 0);
    assert.deepEqual(receiver.latest()!.removedUids, ['a']);
  });

  test('that changes nothing for a process is acknowledged, and logged for debugging alone', async () => {
    const { logger, lines } = recordingLogger();
    await using server = await serve({ logger });
    const process = served();
    const elsewhere = broker('b', 1, { dataPlaneNamespace: 'other' });
    server.publish(stateOf(broker('a')));
    await using subscription = await subscribe(server.port, process.apply);
    await subscription.firstApplied;
    const levels = () => {
      const pushes = lines.filter((line) => line.includes('contract delta pushed'));
      return pushes.map((line) => (JSON.parse(line) as { level: string }).level);
    };
    server.publish(stateOf(broker('a'), elsewhere));
    await until('it is acknowledged', () => server.processes()[0]?.acknowledged?.generation === 2n);
    assert.deepEqual(levels(), ['debug']);
    server.publish(stateOf(broker('a', 2), elsewhere));
    await until('the change is acknowledged', () => server.processes()[0]?.acknowledged?.generation === 3n);
    assert.deepEqual(levels(), ['debug', 'info']);
  });

  test('is what belongs to its data plane and is of its kinds', async () => {
    await using server = await serve();
    const all = { shared: served(), sinks: served(), other: served() };
    const elsewhere = broker('b', 1, { dataPlaneNamespace: 'other' });
    const sink = broker('c', 1, { reference: { namespace: 'ns', name: 'c', kind: 'KafkaSink' } });
    server.publish(stateOf(broker('a'), elsewhere, sink));
    const dispatcher = (nodeId: string, namespace: string, ...resourceKinds: string[]) => ({
      identity: { nodeId, kind: 'dispatcher' as const, namespace, resourceKinds },
    });
    await using one = await subscribe(server.port, all.shared.apply, dispatcher('node-1', ''));
    await using two = await subscribe(server.port, all.sinks.apply, dispatcher('node-2', '', 'KafkaSink'));
    await using three = await subscribe(server.port, all.other.apply, dispatcher('node-3', 'other'));
    await Promise.all([one.firstApplied, two.firstApplied, three.firstApplied]);
    const uids = Object.values(all).map((process) => [...process.latest()!.resources.keys()]);
    assert.deepEqual(uids, [['a', 'c'], ['c'], ['b']]);
    await until('all have answered', () => server.waitingFor('dispatcher', server.revision!).length === 0);
    const statuses = ['a', 'b', 'c'].map((uid) => server.servingStatus('dispatcher', uid));
    assert.deepEqual(
      statuses,
      [1, 1, 2].map((processes) => ({ kind: 'serving', processes })),
    );
  });
});
