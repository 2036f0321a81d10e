import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RefusedPart } from '@eventing-kafka/contract';
import { broker, stateOf } from '../testing/contracts.ts';
import { pendingAt, serve, served, subscribe, until } from '../testing/harness.ts';
import type { ExpectedProcess } from './index.ts';

function pod(nodeId: string, ready: boolean): ExpectedProcess {
  return { nodeId, kind: 'dispatcher', namespace: '', resourceKinds: [], ready };
}

describe('with a roster of who is expected', () => {
  test('a pod that starts is not waited for, and cannot become ready without the present revision', async () => {
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    server.expectProcesses([pod('node-1', true), pod('node-2', false)]);
    await using _first = await subscribe(server.port, served().apply);
    await until('the first serves', () => server.servingStatus('dispatcher', 'a').kind === 'serving');

    const { promise: released, resolve: release } = Promise.withResolvers<readonly RefusedPart[]>();
    let ready = false;
    await using second = await subscribe(server.port, () => released, {
      identity: { nodeId: 'node-2', kind: 'dispatcher', namespace: '' },
    });
    // A pod is ready when its first contract is applied, as the readiness of the apps is.
    void second.firstApplied.then(() => (ready = true));
    await until('the second is connected', () => server.processes().length === 2);
    server.publish(stateOf(broker('a', 2)));
    await until('the first serves the next', () => server.servingStatus('dispatcher', 'a', 'a-e1').kind === 'serving');
    assert.equal(ready, false);

    release([]);
    await until('the second is ready', () => ready);
    server.expectProcesses([pod('node-1', true), pod('node-2', true)]);
    await until('both serve', () => server.waitingFor('dispatcher', server.revision!).length === 0);
    assert.deepEqual(server.servingStatus('dispatcher', 'a', 'a-e1'), { kind: 'serving', processes: 2 });
  });

  test('a ready pod that lost its stream makes the rest wait, and is told as absent', async () => {
    await using server = await serve();
    const revision = server.publish(stateOf(broker('a')));
    server.expectProcesses([pod('node-1', true), pod('node-2', true)]);
    await using _first = await subscribe(server.port, served().apply);
    const second = await subscribe(server.port, served().apply, {
      identity: { nodeId: 'node-2', kind: 'dispatcher', namespace: '' },
    });
    await until('both serve', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    assert.deepEqual(server.absent(), []);
    await second[Symbol.asyncDispose]();
    await until('it is gone', () => server.processes().length === 1);
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), pendingAt('node-2', 'not-connected'));
    assert.deepEqual(server.absent(), [pod('node-2', true)]);
    assert.deepEqual(server.waitingFor('dispatcher', revision), ['node-2']);
    server.expectProcesses([pod('node-1', true)]);
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), { kind: 'serving', processes: 1 });
  });

  test('a process of another data plane that is named as one of the shared takes no stream over', async () => {
    await using server = await serve();
    server.publish(stateOf(broker('a')));
    await using shared = await subscribe(server.port, served().apply);
    await until('it serves', () => server.servingStatus('dispatcher', 'a').kind === 'serving');
    await using other = await subscribe(server.port, served().apply, {
      identity: { nodeId: 'node-1', kind: 'dispatcher', namespace: 'shop' },
    });
    await other.firstApplied;
    assert.deepEqual(
      server.processes().map(({ nodeId, namespace }) => [nodeId, namespace]),
      [
        ['node-1', ''],
        ['node-1', 'shop'],
      ],
    );
    assert.equal(shared.connected, true);
    assert.deepEqual(server.servingStatus('dispatcher', 'a'), { kind: 'serving', processes: 1 });
  });

  test('a change of it is told, and none that is none', async () => {
    await using server = await serve();
    const over = new AbortController();
    const changes = server.changes(over.signal)[Symbol.asyncIterator]();
    await changes.next();
    server.expectProcesses([pod('node-1', false)]);
    assert.equal((await changes.next()).done, false);
    server.expectProcesses([pod('node-1', false)]);
    const next = changes.next();
    over.abort();
    assert.equal((await next).done, true);
  });
});
