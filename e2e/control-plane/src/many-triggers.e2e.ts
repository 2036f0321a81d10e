import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { suiteKafka } from '@eventing-kafka/e2e-support';
import { startInstallation } from './installation.ts';
import { type Bench, startBench } from './many-triggers/bench.ts';
import { measureChanges } from './many-triggers/change.ts';
import { measureCreation } from './many-triggers/create.ts';
import { measureRestart } from './many-triggers/restart.ts';

/** The benchmark of 5,000 with fewer: what happens, not how long it takes. */
describe('200 Triggers, two receivers and two dispatchers', { timeout: 480_000 }, () => {
  let stack: AsyncDisposableStack;
  let bench: Bench;

  before(async () => {
    stack = new AsyncDisposableStack();
    const kafka = stack.use(await suiteKafka());
    const values = { 'receiver.replicas': 2, 'dispatcher.replicas': 2, 'sinks.enabled': false };
    const installation = stack.use(await startInstallation({ ...kafka, values }));
    bench = stack.use(await startBench(installation, { triggers: 200, brokers: 2, processes: 4, seed: 1 }));
  });
  after(() => stack.disposeAsync());

  test('all become Ready, and a changed one is Ready again only when every process has acknowledged it', async () => {
    await measureCreation(bench);
    await measureChanges(bench, 20);
    assert.equal(bench.watch.count, 201);
  });

  test('a controller that is killed comes back to all Ready, and touches nothing that serves', async () => {
    const { ready, posted, failedPosts, repeated, egressesTouched, statusWrites, triggersWritten } =
      await measureRestart(bench);
    assert.equal(ready, 203);
    assert.ok(posted > 0);
    assert.deepEqual(
      { failedPosts, repeated, egressesTouched, statusWrites, triggersWritten },
      { failedPosts: 0, repeated: 0, egressesTouched: 0, statusWrites: 0, triggersWritten: 0 },
    );
  });
});
