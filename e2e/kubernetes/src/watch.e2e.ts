import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { applyObject, createObject, deleteObject, mergePatchObject, watchObjects } from '@eventing-kafka/kubernetes';
import { Etcd } from './etcd.ts';
import { Followed } from './followed-names.ts';
import { freezableProxy } from './freezable-proxy.ts';
import { grantReading, revokeReading } from './grant.ts';
import { suiteCluster, uniqueName } from './suite-cluster.ts';

const cluster = await suiteCluster();
after(() => cluster[Symbol.asyncDispose]());
const { api, client } = cluster;
const configMaps = { apiVersion: 'v1', kind: 'ConfigMap' };
const ours = { ...configMaps, labelSelector: 'e2e=watch' };

/** A ConfigMap that {@link ours} selects. */
async function labelled(namespace: string, name: string): Promise<void> {
  const metadata = { namespace, name, labels: { e2e: 'watch' } };
  await createObject(client, { ...configMaps, metadata });
}

test('a watch tells what is there, in pages, and then what appears, changes and goes away', async () => {
  const namespace = await cluster.namespace();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await labelled(namespace, name);
  await using followed = new Followed({ client, ...ours, namespace, pageSize: 2 });
  await followed.watch.synced;
  assert.deepEqual(followed.log, ['+a', '+b', '+c', '+d', '+e']);
  const f = { ...configMaps, namespace, name: 'f' };
  await labelled(namespace, 'f');
  await mergePatchObject(client, f, { data: { value: 'changed' } });
  await deleteObject(client, f);
  await followed.holds('a', 'b', 'c', 'd', 'e');
  await eventually('all is told', () => followed.log.length === 8);
  assert.deepEqual(followed.log.slice(5), ['+f', '+f', '-f']);
});

test('an object that is not selected any more is gone', async () => {
  const namespace = await cluster.namespace();
  await labelled(namespace, 'a');
  await using followed = new Followed({ client, ...ours, namespace });
  await followed.holds('a');
  await mergePatchObject(client, { ...configMaps, namespace, name: 'a' }, { metadata: { labels: { e2e: null } } });
  await followed.holds();
});

test('one object is watched by its name before it exists', async () => {
  const namespace = await cluster.namespace();
  await using followed = new Followed({ client, ...configMaps, namespace, name: 'later' });
  await followed.watch.synced;
  await cluster.configMap(namespace, 'other');
  await cluster.configMap(namespace, 'later');
  await followed.holds('later');
  assert.deepEqual(followed.log, ['+later']);
});

test('metadata alone is watched, without what is in the objects', async () => {
  const namespace = await cluster.namespace();
  await labelled(namespace, 'a');
  const objects: unknown[] = [];
  await using watch = watchObjects({
    client,
    ...ours,
    namespace,
    metadataOnly: true,
    onChange: (changes) => objects.push(...changes.map((change) => change.kind === 'present' && change.object)),
  });
  await watch.synced;
  await mergePatchObject(client, { ...configMaps, namespace, name: 'a' }, { data: { value: 'secret' } });
  await eventually('the change is told', () => objects.length === 2);
  assert.equal(JSON.stringify(objects).includes('secret'), false);
});

test('a watch goes on after the API server was away', async () => {
  const namespace = await cluster.namespace();
  await labelled(namespace, 'before');
  await using followed = new Followed({ client, ...ours, namespace });
  await followed.holds('before');
  await api.stopApiServer();
  await followed.meets('KUBERNETES_UNREACHABLE');
  await api.restartApiServer();
  await labelled(namespace, 'after');
  await followed.holds('after', 'before');
  await eventually('the trouble is over', () => followed.watch.trouble === undefined);
  assert.deepEqual(followed.log, ['+before', '+after']);
});

test('what went away while the API server was away is told, although its version is not served any more (410)', async () => {
  const namespace = await cluster.namespace();
  for (const name of ['goes', 'stays']) await labelled(namespace, name);
  await using followed = new Followed({ client, ...ours, namespace });
  await followed.holds('goes', 'stays');
  await api.stopApiServer();
  const etcd = new Etcd(api);
  await etcd.remove('configmaps', namespace, 'goes');
  await etcd.compact();
  await api.restartApiServer();
  await followed.holds('stays');
  assert.deepEqual(followed.log, ['+goes', '+stays', '-goes']);
});

test('a connection that died without a word is noticed', async () => {
  const namespace = await cluster.namespace();
  await using proxy = await freezableProxy(api.server);
  const distant = await cluster.connect({ port: proxy.port });
  await using followed = new Followed({ client: distant, ...ours, namespace, idleTimeoutMs: 1_500 });
  // Told by the watch, and not by the list: its connection is the one that dies.
  await followed.watch.synced;
  await labelled(namespace, 'before');
  await followed.holds('before');
  proxy.freeze();
  await labelled(namespace, 'after');
  await followed.holds('after', 'before');
  await distant[Symbol.asyncDispose]();
});

test('a watch whose connection is cut is resumed where it ended', async () => {
  const namespace = await cluster.namespace();
  await using proxy = await freezableProxy(api.server);
  const distant = await cluster.connect({ port: proxy.port });
  await using followed = new Followed({ client: distant, ...ours, namespace });
  await followed.watch.synced;
  for (const name of ['a', 'b', 'c']) {
    await labelled(namespace, name);
    await followed.holds(...['a', 'b', 'c'].slice(0, ['a', 'b', 'c'].indexOf(name) + 1));
    proxy.cut();
  }
  await deleteObject(client, { ...configMaps, namespace, name: 'b' });
  await followed.holds('a', 'c');
  assert.deepEqual(followed.log, ['+a', '+b', '+c', '-b']);
  await distant[Symbol.asyncDispose]();
});

test('a watch that is forbidden says so, and begins when it is granted', async () => {
  const namespace = await cluster.namespace();
  const user = uniqueName();
  const limited = await cluster.connect({ user });
  await cluster.configMap(namespace, 'a');
  await using followed = new Followed({ client: limited, ...configMaps, namespace, name: 'a' });
  await followed.meets('KUBERNETES_FORBIDDEN');
  assert.match(followed.watch.trouble?.message ?? '', /configmaps "a" is forbidden: User "test-.*" cannot list/);
  await grantReading(client, { namespace, user, resource: 'configmaps' });
  await followed.holds('a');
});

test('what is forbidden counts as absent where that is asked for, and is there again when it is granted again', async () => {
  const namespace = await cluster.namespace();
  const user = uniqueName();
  const limited = await cluster.connect({ user });
  await cluster.configMap(namespace, 'a');
  const reading = { namespace, user, resource: 'configmaps' };
  await grantReading(client, reading);
  await using followed = new Followed({
    client: limited,
    ...configMaps,
    namespace,
    name: 'a',
    forbiddenIsAbsent: true,
  });
  await followed.holds('a');
  await revokeReading(client, reading);
  // A watch that was allowed goes on until it ends: here, with the server.
  await api.stopApiServer();
  await api.restartApiServer();
  await mergePatchObject(client, { ...configMaps, namespace, name: 'a' }, { data: { value: 'y' } });
  await followed.holds();
  await grantReading(client, reading);
  await followed.holds('a');
});

test('a kind that the server learns of later is watched from then on, and its objects go with it', async () => {
  const group = `${uniqueName()}.example.com`;
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `things.${group}` };
  await using followed = new Followed({ client, apiVersion: `${group}/v1`, kind: 'Thing', missingKindMs: 300 });
  await followed.meets('KUBERNETES_NOT_FOUND');
  await followed.watch.synced;
  await applyObject(
    client,
    {
      apiVersion: crd.apiVersion,
      kind: crd.kind,
      metadata: { name: crd.name },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    },
    { fieldManager: 'e2e' },
  );
  const thing = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { namespace: 'default', name: 'one' } };
  await eventually('the kind is served', () => createObject(client, thing));
  await followed.holds('one');
  await deleteObject(client, crd);
  await followed.holds();
});
