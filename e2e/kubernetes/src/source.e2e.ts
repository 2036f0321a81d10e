import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { applyObject, createObject, deleteObject, mergePatchObject, readObject } from '@eventing-kafka/kubernetes';
import type { KubernetesClient, KubernetesObject } from '@eventing-kafka/kubernetes';
import { startKubernetesSource } from '@eventing-kafka/kubernetes-source';
import type { KubernetesSourceOptions, RunningKubernetesSource } from '@eventing-kafka/kubernetes-source';
import { foreignKey } from '@eventing-kafka/resources';
import type { ResourceStatus, ServedKey } from '@eventing-kafka/resources';
import { SourceChanges } from './cluster-changes.ts';
import { grantReading } from './grant.ts';
import { suiteCluster, uniqueName } from './suite-cluster.ts';

const cluster = await suiteCluster();
after(() => cluster[Symbol.asyncDispose]());
const { client } = cluster;
const definitions = fileURLToPath(new URL('../../../tools/helm/eventing-kafka/files/crds', import.meta.url));
await cluster.api.kubectl(['apply', '--server-side', '--filename', definitions]);
await cluster.api.kubectl(['wait', '--for=condition=Established', '--filename', definitions]);
const systemNamespace = await cluster.namespace();
const fieldManager = { fieldManager: 'user' };

/** A source, and what it tells. */
async function followed(as: KubernetesClient = client, options: Partial<KubernetesSourceOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const source = stack.use(await startKubernetesSource({ client: as, systemNamespace, ...options }));
  const changes = stack.use(new SourceChanges(source));
  return { source, changes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const triggers = { apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger' };

/** Makes a Trigger and gives what the API server made of it. */
function trigger(namespace: string, name: string, metadata: object = {}): Promise<KubernetesObject> {
  const spec = { broker: 'default', subscriber: { uri: 'http://subscriber.example' } };
  return applyObject(client, { ...triggers, metadata: { namespace, name, ...metadata }, spec }, fieldManager);
}

const status = (reason: string): ResourceStatus => ({
  observedGeneration: 1,
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z', reason, message: 'm' }],
  annotations: { 'group.id': 'g' },
  subscriberUri: 'http://subscriber.example',
});

function key(namespace: string, name: string): ServedKey {
  return { kind: 'Trigger', namespace, name };
}

test('what is there is known when the source is handed out; what changes is told', async () => {
  const namespace = await cluster.namespace();
  await trigger(namespace, 'before');
  await using world = await followed();
  assert.equal(world.source.get('Trigger', namespace, 'before')?.spec.broker, 'default');
  await world.changes.wakes(`Trigger ${namespace}/before`);
  const made = await trigger(namespace, 'orders');
  await world.changes.wakes(`Trigger ${namespace}/orders`);
  assert.equal(world.source.get('Trigger', namespace, 'orders')?.metadata.uid, made.metadata.uid);
  await deleteObject(client, { ...triggers, namespace, name: 'orders' });
  await world.changes.wakes(`Trigger ${namespace}/orders`);
  assert.equal(world.source.get('Trigger', namespace, 'orders'), undefined);
});

test('a ConfigMap is pending when it is first looked up, and wakes when it appears, changes and goes away', async () => {
  const namespace = await cluster.namespace();
  await using world = await followed();
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' };
  const look = () => world.source.get('ConfigMap', namespace, 'settings');
  assert.equal(look(), undefined);
  assert.equal(world.source.pending('ConfigMap', namespace, 'settings'), true);
  await world.changes.wakes(`ConfigMap ${namespace}/settings`);
  assert.equal(world.source.pending('ConfigMap', namespace, 'settings'), false);
  assert.equal(look(), undefined);
  await cluster.configMap(namespace, 'settings', '1');
  await world.changes.wakes(`ConfigMap ${namespace}/settings`);
  assert.deepEqual(look()?.data, { value: '1' });
  await mergePatchObject(client, settings, { data: { value: '2' } });
  await world.changes.wakes(`ConfigMap ${namespace}/settings`);
  assert.deepEqual(look()?.data, { value: '2' });
  await deleteObject(client, settings);
  await world.changes.wakes(`ConfigMap ${namespace}/settings`);
  assert.equal(look(), undefined);
});

test('a trust bundle is listed for its label, and stays known by its name without it', async () => {
  await using world = await followed();
  const metadata = {
    namespace: systemNamespace,
    name: 'bundle',
    labels: { 'networking.knative.dev/trust-bundle': 'true' },
  };
  const bundle = { apiVersion: 'v1', kind: 'ConfigMap' };
  await createObject(client, { ...bundle, metadata, data: { 'ca.crt': 'pem' } });
  await world.changes.wakes(`ConfigMap ${systemNamespace}/bundle`);
  assert.deepEqual(
    world.source.list('ConfigMap').map(({ metadata: { name } }) => name),
    ['bundle'],
  );
  assert.ok(world.source.get('ConfigMap', systemNamespace, 'bundle'));
  await world.changes.wakes(`ConfigMap ${systemNamespace}/bundle`);
  const identity = { ...bundle, namespace: systemNamespace, name: 'bundle' };
  await mergePatchObject(client, identity, { metadata: { labels: null } });
  await world.changes.wakes(`ConfigMap ${systemNamespace}/bundle`);
  assert.deepEqual(world.source.get('ConfigMap', systemNamespace, 'bundle')?.metadata.labels, {});
  await deleteObject(client, identity);
  await eventually('it is gone', () => world.source.get('ConfigMap', systemNamespace, 'bundle') === undefined);
});

test('a Secret that may not be read counts as missing, the problem names the namespace to grant, and granting it is enough', async () => {
  const namespace = await cluster.namespace();
  const user = uniqueName();
  await grantInformers(user);
  await createObject(client, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'kafka' },
    data: { password: 'aHVudGVyMg==' },
  });
  await using world = await followed(await cluster.connect({ user }));
  assert.equal(world.source.get('Secret', namespace, 'kafka'), undefined);
  await world.changes.wakes(`Secret ${namespace}/kafka`);
  assert.equal(world.source.pending('Secret', namespace, 'kafka'), false);
  const [problem] = world.source.problems();
  assert.deepEqual(problem?.key, { kind: 'Secret', namespace, name: 'kafka' });
  assert.match(problem.expected, new RegExp(`namespace ${namespace} among .*secrets\\.namespaces`));
  assert.equal(
    world.source.whyAbsent?.('Secret', namespace, 'kafka'),
    `it may not be read here, expected ${problem.expected}`,
  );
  await grantReading(client, { namespace, user, resource: 'secrets' });
  await world.changes.wakes(`Secret ${namespace}/kafka`);
  await eventually('it is known', () => world.source.get('Secret', namespace, 'kafka') !== undefined);
  assert.equal(JSON.stringify(world.source.get('Secret', namespace, 'kafka')).includes('aHVudGVyMg'), false);
  await eventually('the problem is gone', () => world.source.problems().length === 0);
});

test('an object of a kind that is installed later wakes who looked for it', async () => {
  const group = `${uniqueName()}.example.com`;
  await using world = await followed();
  const sequence = foreignKey(`${group}/v1`, 'Sequence', 'default', 'steps');
  assert.equal(world.source.get('ForeignObject', 'default', sequence.name), undefined);
  assert.equal(world.source.pending('ForeignObject', 'default', sequence.name), true);
  await world.changes.wakes(`ForeignObject default/${sequence.name}`);
  assert.equal(world.source.pending('ForeignObject', 'default', sequence.name), false);
  assert.match(world.source.problems()[0]?.message ?? '', /knows no kind Sequence/);
  await installKind(group);
  const object = { apiVersion: `${group}/v1`, kind: 'Sequence', metadata: { namespace: 'default', name: 'steps' } };
  const address = { url: 'http://steps.default.example' };
  await eventually('the kind is served', () => createObject(client, { ...object, status: { address } }));
  await world.changes.wakes(`ForeignObject default/${sequence.name}`);
  assert.deepEqual(world.source.get('ForeignObject', 'default', sequence.name)?.addresses, [address]);
});

test('what nobody looks at is asked about, then dropped, and found again by the next look', async () => {
  const namespace = await cluster.namespace();
  await cluster.configMap(namespace, 'settings');
  await using world = await followed(client, { lookupIdleMs: 300 });
  const isThere = () => world.source.get('ConfigMap', namespace, 'settings') !== undefined;
  assert.equal(isThere(), false);
  for (const _turn of ['known', 'asked about', 'dropped']) await world.changes.wakes(`ConfigMap ${namespace}/settings`);
  assert.equal(isThere(), false);
  assert.equal(world.source.pending('ConfigMap', namespace, 'settings'), true);
  await world.changes.wakes(`ConfigMap ${namespace}/settings`);
  assert.equal(isThere(), true);
});

test('what is looked up beyond the limit counts as missing, and a problem says so', async () => {
  const namespace = await cluster.namespace();
  await cluster.configMap(namespace, 'second');
  await using world = await followed(client, { maxLookups: 1 });
  world.source.get('ConfigMap', namespace, 'first');
  assert.equal(world.source.get('ConfigMap', namespace, 'second'), undefined);
  assert.equal(world.source.pending('ConfigMap', namespace, 'second'), false);
  assert.match(world.source.problems()[0]?.message ?? '', /further ones count as missing/);
});

test('kinds that nobody installed leave room for those that are there', async () => {
  const group = `${uniqueName()}.example.com`;
  await installKind(group);
  const object = { apiVersion: `${group}/v1`, kind: 'Sequence', metadata: { namespace: 'default', name: 'steps' } };
  await eventually('the kind is served', () => createObject(client, object));
  // Of ten lookups one may be of a kind.
  await using world = await followed(client, { maxLookups: 10 });
  const bogus = foreignKey('bogus.example.com/v1', 'Bogus', 'default', 'b');
  const sequence = foreignKey(`${group}/v1`, 'Sequence', 'default', 'steps');
  world.source.get('ForeignObject', 'default', bogus.name);
  await world.changes.wakes(`ForeignObject default/${bogus.name}`);
  world.source.get('ForeignObject', 'default', sequence.name);
  await world.changes.wakes(`ForeignObject default/${sequence.name}`);
  assert.notEqual(world.source.get('ForeignObject', 'default', sequence.name), undefined);
});

test('a status is applied to our fields alone, comes back without waking anybody, and is not written twice', async () => {
  const namespace = await cluster.namespace();
  await using world = await followed();
  await trigger(namespace, 'orders');
  await world.changes.wakes(`Trigger ${namespace}/orders`);
  const orders = { ...triggers, namespace, name: 'orders' };
  await world.source.writeStatus(key(namespace, 'orders'), status('First'));
  await eventually('it has come back', () => world.source.readStatus(key(namespace, 'orders')) !== undefined);
  assert.deepEqual(world.source.readStatus(key(namespace, 'orders')), status('First'));
  world.changes.forget();
  await world.source.writeStatus(key(namespace, 'orders'), status('Second'));
  const written = await readObject(client, orders);
  assert.deepEqual(written?.['status'], status('Second'));
  await world.source.writeStatus(key(namespace, 'orders'), status('Second'));
  assert.equal((await readObject(client, orders))?.metadata.resourceVersion, written.metadata.resourceVersion);
  // What comes after it in the same watch has been told, so it would have been too.
  await trigger(namespace, 'later');
  assert.deepEqual(await world.changes.wakes(`Trigger ${namespace}/later`), []);
  const owned = written.metadata.managedFields as readonly { manager: string; fieldsV1: object }[];
  const ours = owned.filter(({ manager }) => manager === 'eventing-kafka-controller');
  assert.deepEqual(
    ours.map(({ fieldsV1 }) => Object.keys(fieldsV1)),
    [['f:status']],
  );
});

test('the status of an object that is gone, or was made anew, is not written', async () => {
  const namespace = await cluster.namespace();
  await using world = await followed();
  await world.source.writeStatus(key(namespace, 'never'), status('First'));
  const { metadata } = await trigger(namespace, 'orders', { finalizers: ['e2e.example.com/x'] });
  await eventually('it is known', () => world.source.get('Trigger', namespace, 'orders'));
  await deleteObject(client, { ...triggers, namespace, name: 'orders' });
  const orders = key(namespace, 'orders');
  await eventually('it is going', () => world.source.get('Trigger', namespace, 'orders')?.metadata.deletionTimestamp);
  await world.source.cluster.removeFinalizer(orders, metadata.uid ?? '', 'e2e.example.com/x');
  await world.source.writeStatus(orders, status('First'));
  assert.equal(await readObject(client, { ...triggers, namespace, name: 'orders' }), undefined);
});

test('finalizers, owned objects and events are written as a reconciler needs them', async () => {
  const namespace = await cluster.namespace();
  await using world = await followed();
  const { cluster: writer } = world.source;
  const { metadata } = await trigger(namespace, 'orders');
  const [orders, uid] = [key(namespace, 'orders'), metadata.uid ?? ''];
  await writer.addFinalizer(orders, uid, 'e2e.example.com/x');
  await eventually('it is known', () =>
    world.source.get('Trigger', namespace, 'orders')?.metadata.finalizers?.includes('e2e.example.com/x'),
  );
  await writer.removeFinalizer(orders, 'of-another', 'e2e.example.com/x');
  await writer.removeFinalizer(orders, uid, 'e2e.example.com/x');
  assert.equal((await readObject(client, { ...triggers, namespace, name: 'orders' }))?.metadata.finalizers, undefined);

  const owned = (ownerUid: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      namespace,
      name: 'owned',
      ownerReferences: [{ ...triggers, name: 'orders', uid: ownerUid, controller: true }],
    },
  });
  await writer.apply([owned(uid)]);
  await writer.apply([owned(uid)]);
  await assert.rejects(writer.apply([owned('11111111-2222-3333-4444-555555555555')]), /belongs to Trigger orders/);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'owned' };
  await writer.remove(account, { controllerUid: 'another' });
  assert.equal((await writer.read(account))?.kind, 'ServiceAccount');
  await writer.remove(account, { controllerUid: uid });
  assert.equal(await writer.read(account), undefined);

  writer.record(orders, uid, { type: 'Normal', reason: 'TopicCreated', message: 'hello' });
  await eventually('the event shows', async () =>
    (await cluster.api.kubectl(['describe', 'trigger', 'orders', '--namespace', namespace])).includes('TopicCreated'),
  );
});

test('the roster follows the Pods of the data plane', async () => {
  await using world = await followed();
  const end = new AbortController();
  let seen: readonly string[] = [];
  const reading = (async (): Promise<void> => {
    for await (const processes of world.source.roster.changes(end.signal))
      seen = processes.map(({ nodeId, kind, namespace, ready }) => `${nodeId} ${kind} "${namespace}" ${ready}`);
  })();
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace: systemNamespace, name: 'receiver-1' };
  await createObject(client, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: systemNamespace, name: 'receiver-1', labels: { app: 'kafka-broker-receiver' } },
    spec: { containers: [{ name: 'main', image: 'none' }] },
  });
  await eventually('it is expected', () => seen.join() === 'receiver-1 receiver "" false');
  await client.call({
    method: 'PATCH',
    path: `/api/v1/namespaces/${systemNamespace}/pods/receiver-1/status`,
    contentType: 'application/merge-patch+json',
    body: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
    verb: 'patch',
    subject: 'Pod receiver-1',
  });
  await eventually('it is ready', () => seen.join() === 'receiver-1 receiver "" true');
  await cluster.api.kubectl(['delete', 'pod', pod.name, '--namespace', pod.namespace, '--grace-period=0', '--force']);
  await eventually('it is gone', () => seen.length === 0);
  end.abort();
  await reading;
});

test('a source waits for an API server that is away, and goes on when it is there', async () => {
  const namespace = await cluster.namespace();
  await trigger(namespace, 'orders');
  await cluster.api.stopApiServer();
  const starting = startKubernetesSource({ client, systemNamespace });
  await cluster.api.restartApiServer();
  await using source: RunningKubernetesSource = await starting;
  assert.ok(source.get('Trigger', namespace, 'orders'));
});

/** Grants a user what is followed from the start. */
async function grantInformers(user: string): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: `informers-${user}` };
  const verbs = ['get', 'list', 'watch'];
  const rules = [
    { apiGroups: ['eventing.knative.dev'], resources: ['*'], verbs },
    { apiGroups: [''], resources: ['services', 'serviceaccounts', 'configmaps', 'pods'], verbs },
  ];
  await createObject(client, { apiVersion, kind: 'ClusterRole', metadata, rules });
  await createObject(client, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

/** Installs a kind `Sequence` that keeps whatever is written to it. */
async function installKind(group: string): Promise<void> {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  await createObject(client, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `sequences.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'sequences', singular: 'sequence', kind: 'Sequence', listKind: 'SequenceList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
}
