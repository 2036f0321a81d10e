import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractsEqual, type RefusedPart } from '@eventing-kafka/contract';
import { broker, stateOf, trigger, withResource } from '../testing/contracts.ts';
import { serve, served, subscribe, until } from '../testing/harness.ts';

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
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), { kind: 'pending', nodeIds: ['node-1'] });
    assert.equal(process.updates.length, 0);
    server.publish(stateOf());
    await subscription.firstApplied;
    assert.equal(process.latest()!.resources.size, 0);
  });
});

describe('the state of serving', () => {
  test('is no-process, pending and serving in turn', async () => {
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), { kind: 'no-process' });
    const { promise: released, resolve: release } = Promise.withResolvers<readonly RefusedPart[]>();
    await using _subscription = await subscribe(server.port, () => released);
    await until('it is connected', () => server.processes().length === 1);
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), { kind: 'pending', nodeIds: ['node-1'] });
    assert.deepEqual(server.servingStatus('receiver', 'a'), { kind: 'no-process' });
    release([]);
    await until('it is served', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'a-e0'), { kind: 'serving', processes: 1 });
  });
});
