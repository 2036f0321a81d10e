import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { deleteObject, isKubernetesError, leadByLease, mergePatchObject, readObject } from '@eventing-kafka/kubernetes';
import type { Leadership } from '@eventing-kafka/kubernetes';
import { suiteCluster } from './suite-cluster.ts';

const cluster = await suiteCluster();
after(() => cluster[Symbol.asyncDispose]());
const epochAnnotation = 'e2e.example.com/epoch';
const times = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 300 };

/** A Lease that does not exist yet, and its candidates. */
async function election() {
  const namespace = await cluster.namespace();
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: 'leader' };
  return {
    lease,
    candidate: (identity: string, signal?: AbortSignal): Promise<Leadership> =>
      leadByLease({
        client: cluster.client,
        namespace,
        name: 'leader',
        identity,
        epochAnnotation,
        ...times,
        ...(signal === undefined ? {} : { signal }),
      }),
    read: () => readObject(cluster.client, lease),
  };
}

/** Who leads of those who were asked, as soon as one does. */
async function firstOf(candidates: ReadonlyMap<string, Promise<Leadership>>): Promise<readonly [string, Leadership]> {
  return Promise.race([...candidates].map(async ([name, leads]) => [name, await leads] as const));
}

test('of several candidates exactly one leads; when it gives up, another leads at once with a higher epoch', async () => {
  const { candidate, read } = await election();
  const end = new AbortController();
  const candidates = new Map(['a', 'b', 'c'].map((name) => [name, candidate(name, end.signal)]));
  for (const leads of candidates.values()) leads.catch(() => undefined);
  const [first, leadership] = await firstOf(candidates);
  candidates.delete(first);
  const others = firstOf(candidates);
  // The others have looked, and wait: the Lease is renewed by the one that leads, and its epoch stands there.
  const acquired = await read();
  await eventually('the lease is renewed', async () => {
    const lease = await read();
    return lease?.metadata.resourceVersion !== acquired?.metadata.resourceVersion;
  });
  assert.equal((await read())?.metadata.annotations?.[epochAnnotation], leadership.epoch.toString());
  assert.equal(
    await Promise.race([others.then(() => 'another leads'), Promise.resolve('nobody else leads')]),
    'nobody else leads',
  );
  assert.equal(leadership.lost.aborted, false);
  await leadership[Symbol.asyncDispose]();
  assert.equal(leadership.lost.aborted, true);
  const [, next] = await others;
  assert.ok(next.epoch > leadership.epoch, `${next.epoch} > ${leadership.epoch}`);
  end.abort();
  await next[Symbol.asyncDispose]();
});

test('when a leader falls silent, another leads after its lease has run out, and it has stopped leading by then', async () => {
  const { candidate, lease } = await election();
  // A leader without a network, as far as renewals go.
  const silenced = await cluster.connect({});
  const leader = await leadByLease({
    client: silenced,
    namespace: lease.namespace,
    name: lease.name,
    identity: 'silent',
    epochAnnotation,
    ...times,
  });
  await silenced[Symbol.asyncDispose]();
  await using successor = await candidate('successor');
  assert.equal(leader.lost.aborted, true);
  assert.ok(successor.epoch > leader.epoch);
  await leader[Symbol.asyncDispose]();
});

test('a leader whose Lease somebody else writes its name into stops leading', async () => {
  const { candidate, lease } = await election();
  await using leader = await candidate('a');
  const lost = once(leader.lost, 'abort');
  await mergePatchObject(cluster.client, lease, { spec: { holderIdentity: 'b' } });
  await lost;
  assert.match(String(leader.lost.reason), /b holds it/);
});

test('a leader whose Lease is deleted stops leading', async () => {
  const { candidate, lease } = await election();
  await using leader = await candidate('a');
  const lost = once(leader.lost, 'abort');
  await deleteObject(cluster.client, lease);
  await lost;
  assert.match(String(leader.lost.reason), /Lease test-\w+\/leader was lost: the Lease was deleted/);
});

test('a leader stops leading when the API server is away for longer than the deadline, and may lead again', async () => {
  const { candidate } = await election();
  await using leader = await candidate('a');
  const lost = once(leader.lost, 'abort');
  await cluster.api.stopApiServer();
  await lost;
  assert.match(String(leader.lost.reason), /could not be renewed for 2000 ms/);
  await cluster.api.restartApiServer();
  await using again = await candidate('a');
  assert.ok(again.epoch > leader.epoch);
});

test('waiting for a Lease ends when it is cancelled', async () => {
  const { candidate } = await election();
  await using leader = await candidate('a');
  const end = new AbortController();
  const waiting = candidate('b', end.signal);
  end.abort();
  await assert.rejects(waiting, (error) => isKubernetesError(error, 'KUBERNETES_CANCELLED'));
  assert.equal(leader.lost.aborted, false);
});
