import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMetrics } from '@eventing-kafka/metrics';
import { conditionOf } from '@eventing-kafka/resources';
import { MemoryCluster } from '../testing/memory-cluster.ts';
import { TestRoster, pod } from '../testing/test-roster.ts';
import { broker, fresh, startOn, trigger, until } from '../testing/world.ts';

function isWritten(source: MemoryCluster, kind: 'Broker' | 'Trigger', name: string): boolean {
  const { conditions = [] } = source.readStatus({ kind, namespace: 'default', name }) ?? {};
  return conditionOf(conditions, 'Ready')?.status === 'True';
}

test('Ready means that every ready Pod serves: one without a stream is named, and its coming and going turns the condition', async () => {
  const source = new MemoryCluster();
  const roster = new TestRoster(pod('receiver', 'r-1'), pod('receiver', 'r-2'));
  const b = fresh('b');
  await using world = await startOn(source, { roster });
  await world.connect('receiver', 'r-1');
  source.apply(broker(b));
  await until(() => world.condition('Broker', b, 'ProbeSucceeded').includes('r-2'));
  const second = await world.connect('receiver', 'r-2');
  await world.ready('Broker', b);
  await second.subscription[Symbol.asyncDispose]();
  await until(() => world.condition('Broker', b).startsWith('False') && world.condition('Broker', b).includes('r-2'));
  roster.set(pod('receiver', 'r-1'));
  await world.ready('Broker', b);
});

test('a Pod that starts takes nothing back: it is waited for only when it is ready, and then it has acknowledged', async () => {
  const source = new MemoryCluster();
  const roster = new TestRoster(pod('receiver', 'old'));
  const b = fresh('b');
  await using world = await startOn(source, { roster });
  await world.connect('receiver', 'old');
  source.apply(broker(b));
  await world.ready('Broker', b);
  const statuses: string[] = [];
  const write = source.writeStatus.bind(source);
  source.writeStatus = (key, status) => {
    if (key.name === b) statuses.push(status.conditions.find(({ type }) => type === 'Ready')?.status ?? '');
    return write(key, status);
  };
  roster.set(pod('receiver', 'old'), pod('receiver', 'new', false));
  await world.connect('receiver', 'new');
  await until(() => world.server.processes().every(({ acknowledged }) => acknowledged !== undefined));
  roster.set(pod('receiver', 'old', false), pod('receiver', 'new'));
  roster.set(pod('receiver', 'new'));
  await world.ready('Broker', b);
  assert.equal(statuses.includes('False'), false, statuses.join());
});

test('a new controller leaves what an earlier one said until the Pods have answered, and then says what is', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  const roster = new TestRoster(pod('receiver', 'r'), pod('dispatcher', 'd'));
  {
    await using first = await startOn(source, { roster }, true);
    await first.connect('receiver', 'r');
    await first.connect('dispatcher', 'd');
    source.apply(broker(b), trigger(t, b));
    await first.ready('Trigger', t);
    await until(() => isWritten(source, 'Broker', b) && isWritten(source, 'Trigger', t));
    // It is the controller that ends, and not the Pods.
    await first.reconciler[Symbol.asyncDispose]();
  }
  const written: string[] = [];
  const write = source.writeStatus.bind(source);
  source.writeStatus = (key, status) => {
    written.push(`${key.name} ${status.conditions.find(({ type }) => type === 'Ready')?.status}`);
    return write(key, status);
  };
  source.events.length = 0;
  await using second = await startOn(source, { roster, epoch: 2n, graceMs: 3_600_000 });
  await until(() => second.server.revision !== undefined);
  await second.connect('receiver', 'r');
  assert.equal(second.condition('Trigger', t), 'True');
  await second.connect('dispatcher', 'd');
  await until(() => second.transitions.some((line) => line.startsWith(`serving Trigger default/${t}`)));
  assert.deepEqual(written, [], 'nothing was written that was there already');
  assert.deepEqual(source.events, [], 'nor told');
  roster.set(pod('receiver', 'r'));
  await until(() => second.condition('Trigger', t) === 'True');
});

test('Pods that do not come back within the grace are not waited for with the truth', async () => {
  const source = new MemoryCluster();
  const b = fresh('b');
  const roster = new TestRoster(pod('receiver', 'r'));
  {
    await using first = await startOn(source, { roster }, true);
    await first.connect('receiver', 'r');
    source.apply(broker(b));
    await first.ready('Broker', b);
    await until(() => isWritten(source, 'Broker', b));
    await first.reconciler[Symbol.asyncDispose]();
  }
  await using second = await startOn(source, { roster, epoch: 2n, graceMs: 50 });
  await until(() => second.condition('Broker', b).startsWith('False'));
  assert.match(second.condition('Broker', b), /\br\b/);
});

test('the status tells who should be there, who is behind and who refuses what', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  const roster = new TestRoster(pod('receiver', 'r'), pod('dispatcher', 'd'), pod('dispatcher', 'gone', false));
  await using metrics = await startMetrics({
    serviceName: 't',
    serviceNamespace: '',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  await using world = await startOn(source, { roster, epoch: 7n, meter: metrics.meter });
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd', ({ resources }) =>
    [...resources.values()].flatMap(({ uid, egresses }) =>
      egresses.map((egress) => ({ resourceUid: uid, egressUid: egress.uid, reason: 'BadFilter', message: 'no' })),
    ),
  );
  source.apply(broker(b), trigger(t, b));
  await until(() => world.condition('Trigger', t).includes('BadFilter'));
  const { contract, processes } = world.reconciler.status();
  assert.equal(contract?.epoch, '7');
  const uids = { resourceUid: world.uid('Broker', b), egressUid: world.uid('Trigger', t) };
  const common = { namespace: '', expected: true };
  assert.deepEqual(
    processes.map(({ acknowledged: _acknowledged, ...rest }) => rest),
    [
      { nodeId: 'r', kind: 'receiver', ...common, connected: true, ready: true, lag: 0, refusals: [], troubles: [] },
      {
        nodeId: 'd',
        kind: 'dispatcher',
        ...common,
        connected: true,
        ready: true,
        lag: 0,
        refusals: [{ object: `Trigger default/${t}`, ...uids, reason: 'BadFilter', message: 'no' }],
        troubles: [],
      },
      { nodeId: 'gone', kind: 'dispatcher', ...common, connected: false, ready: false, refusals: [], troubles: [] },
    ],
  );
  assert.ok(source.events.includes(`Warning NotServing Trigger default/${t}: BadFilter: d: no`));
  const text = await (await fetch(new URL('/metrics', metrics.admin.url))).text();
  for (const line of [
    'eventing_kafka_leader 1',
    'eventing_kafka_contract_lag{process_kind="dispatcher",process_name="d"} 0',
    'eventing_kafka_contract_processes{process_kind="dispatcher",process_state="ready"} 1',
    'eventing_kafka_contract_processes{process_kind="dispatcher",process_state="refusing"} 1',
    'eventing_kafka_workqueue_depth{queue_name="reconcile"} 0',
    'eventing_kafka_serving_duration_seconds_count{resource_kind="Broker"} 1',
  ])
    assert.ok(text.includes(line), `${line} in\n${text}`);
  assert.match(text, /eventing_kafka_reconcile_duration_seconds_count\{resource_kind="Trigger",outcome="done"\} \d/);
  assert.match(text, /eventing_kafka_status_writes_total\{resource_kind="Broker",outcome="written"\} \d/);
});
