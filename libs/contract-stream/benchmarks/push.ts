/**
 * What a change of one trigger among 10,000 resources of 10 egresses costs: bytes of the push on the wire, and CPU of the process
 * that takes it. Prints a JSON line; `--detail` adds lines about the server's side and the snapshot.
 *
 * node --conditions=@eventing-kafka/source benchmarks/push.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { applyDelta, diffContracts, type ContractState } from '@eventing-kafka/contract';
import { silentLogger } from '@eventing-kafka/logging';
import { SubscribeResponse } from '../src/generated/eventing_kafka/push/v1/push.ts';
import { startContractServer, subscribeToContracts } from '../src/index.ts';
import { toWireDelta, toWireSnapshot } from '../src/wire.ts';
import { broker, stateOf, trigger, withResource } from '../testing/contracts.ts';

/** The result; a JSON line of the benchmark. */
export interface PushResult {
  readonly bench: 'push';
  readonly resources: number;
  readonly egressesPerResource: number;
  readonly changes: number;
  /** Of the largest push message. */
  readonly bytes: number;
  /** User and system CPU of the receiving process per change: read, decode, difference, apply, acknowledge. */
  readonly cpuMs: number;
  /** The same of the publishing process, per change: check, difference, encode, send. */
  readonly serverCpuMs: number;
  readonly snapshotBytes: number;
  /** CPU of the receiving process for the snapshot at the start. */
  readonly snapshotCpuMs: number;
}

export interface PushSettings {
  readonly resources: number;
  readonly egressesPerResource: number;
  readonly changes: number;
}

/** Runs a server here and a subscriber in a process of its own, and changes one trigger after the other. */
export async function benchmarkPush({ resources, egressesPerResource, changes }: PushSettings): Promise<PushResult> {
  let state = stateOf(...Array.from({ length: resources }, (_, index) => broker(`r${index}`, egressesPerResource)));
  const snapshotBytes = SubscribeResponse.encode({
    revision: undefined,
    push: { $case: 'snapshot', value: toWireSnapshot(state) },
  }).finish().length;
  await using server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch: 1n,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  server.publish(state);
  const subscriber = spawn(
    process.execPath,
    [...process.execArgv, import.meta.filename, '--subscriber', String(server.port)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface(subscriber.stdout)[Symbol.asyncIterator]();
  const readLine = async (): Promise<Record<string, number>> =>
    JSON.parse(String((await lines.next()).value)) as Record<string, number>;
  const snapshot = await readLine();

  let bytes = 0;
  const warmUp = Math.min(50, changes);
  let before = process.cpuUsage();
  for (let index = -warmUp; index < changes; index += 1) {
    if (index === 0) {
      subscriber.stdin.write('measure\n');
      await readLine();
      before = process.cpuUsage();
    }
    const uid = `r${(index + warmUp) % resources}`;
    const next = changed(state, uid, index);
    bytes = Math.max(bytes, deltaBytes(state, next));
    state = next;
    const revision = server.publish(state);
    await acknowledged(server, revision);
  }
  const { user, system } = process.cpuUsage(before);
  subscriber.stdin.write('measure\n');
  const measured = await readLine();
  subscriber.stdin.end();
  await once(subscriber, 'exit');
  return {
    bench: 'push',
    resources,
    egressesPerResource,
    changes,
    bytes,
    cpuMs: rounded((measured['cpuMs'] ?? Number.NaN) / changes),
    serverCpuMs: rounded((user + system) / 1_000 / changes),
    snapshotBytes,
    snapshotCpuMs: rounded(snapshot['cpuMs'] ?? Number.NaN),
  };
}

/** One trigger with another destination. */
function changed(state: ContractState, uid: string, index: number): ContractState {
  const resource = state.resources.get(uid);
  if (resource === undefined) throw new Error(`no resource ${uid}`);
  const egress = trigger(uid, 0, { destination: `http://changed-${index}.ns.svc.cluster.local/events` });
  return withResource(state, { ...resource, egresses: resource.egresses.with(0, egress) });
}

/** What the server sends: the difference of two states, encoded with its revision. */
function deltaBytes(before: ContractState, after: ContractState): number {
  const shared = applyDelta(before, diffContracts(before, after));
  const base = { epoch: 2n ** 40n, generation: 2n ** 40n };
  const value = toWireDelta(diffContracts(before, shared), base);
  return SubscribeResponse.encode({ revision: base, push: { $case: 'delta', value } }).finish().length;
}

async function acknowledged(
  server: Awaited<ReturnType<typeof startContractServer>>,
  revision: { epoch: bigint; generation: bigint },
): Promise<void> {
  const enough = new AbortController();
  for await (const _ of server.changes(enough.signal)) {
    if (server.processes().length > 0 && server.waitingFor('dispatcher', revision).length === 0) enough.abort();
  }
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** The receiving process: tells its CPU after the snapshot, and since the last time whenever it is asked. */
async function runSubscriber(port: string): Promise<void> {
  const atStart = process.cpuUsage();
  let applied = 0;
  await using subscription = await subscribeToContracts({
    target: `127.0.0.1:${port}`,
    security: { kind: 'insecure' },
    identity: { nodeId: 'benchmark', kind: 'dispatcher', namespace: '' },
    logger: silentLogger,
    apply: ({ changedUids }) => {
      applied += changedUids.length;
      return Promise.resolve([]);
    },
  });
  await subscription.firstApplied;
  const tell = (since: NodeJS.CpuUsage): void => {
    const { user, system } = process.cpuUsage(since);
    process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1_000, applied })}\n`);
  };
  tell(atStart);
  let since = process.cpuUsage();
  for await (const _ of createInterface(process.stdin)) {
    tell(since);
    since = process.cpuUsage();
  }
}

if (import.meta.main) {
  const [mode, port = ''] = process.argv.slice(2);
  if (mode === '--subscriber') await runSubscriber(port);
  else console.log(JSON.stringify(await benchmarkPush({ resources: 10_000, egressesPerResource: 10, changes: 500 })));
}
