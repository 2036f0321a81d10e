import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import {
  applyObject,
  createObject,
  createTokenReview,
  deleteObject,
  isKubernetesError,
  mergePatchObject,
  patchFinalizers,
  readObject,
  readSecretData,
  replaceObject,
  requestToken,
  startEventRecorder,
} from '@eventing-kafka/kubernetes';
import type { KubernetesObject } from '@eventing-kafka/kubernetes';
import { suiteCluster, uniqueName } from './suite-cluster.ts';

const cluster = await suiteCluster();
after(() => cluster[Symbol.asyncDispose]());
const { client } = cluster;

/** A ConfigMap of its own namespace. */
async function configMap() {
  const namespace = await cluster.namespace();
  await cluster.configMap(namespace, 'settings');
  const identity = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' };
  const read = async (): Promise<KubernetesObject> => {
    const found = await readObject(client, identity);
    assert.ok(found !== undefined);
    return found;
  };
  return { ...identity, identity, read, uid: (await read()).metadata.uid ?? '' };
}

test('what is not there is read as undefined, also a kind that the server does not know', async () => {
  const namespace = await cluster.namespace();
  assert.equal(await readObject(client, { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'none' }), undefined);
  assert.equal(
    await readObject(client, { apiVersion: 'none.example/v1', kind: 'None', namespace, name: 'x' }),
    undefined,
  );
});

test('many writers at once each add their finalizer, and none is lost', async () => {
  const { identity, uid, read } = await configMap();
  const finalizers = ['a', 'b', 'c', 'd'].map((name) => `e2e.example.com/${name}`);
  const outcomes = await Promise.all(finalizers.map((add) => patchFinalizers(client, identity, { uid, add })));
  assert.deepEqual(
    outcomes,
    finalizers.map(() => 'changed'),
  );
  assert.deepEqual((await read()).metadata.finalizers?.toSorted(), finalizers);
});

test('a finalizer holds an object until it is removed, and those of others stay', async () => {
  const { identity, uid, read } = await configMap();
  const [ours, theirs] = ['e2e.example.com/ours', 'e2e.example.com/theirs'];
  await patchFinalizers(client, identity, { uid, add: ours });
  assert.equal(await patchFinalizers(client, identity, { uid, add: ours }), 'unchanged');
  await patchFinalizers(client, identity, { uid, add: theirs });
  await deleteObject(client, identity);
  assert.equal(await patchFinalizers(client, identity, { uid, add: 'e2e.example.com/late' }), 'unchanged');
  assert.equal(await patchFinalizers(client, identity, { uid, remove: ours }), 'changed');
  assert.deepEqual((await read()).metadata.finalizers, [theirs]);
  assert.equal(await patchFinalizers(client, identity, { uid, remove: theirs }), 'changed');
  assert.equal(await readObject(client, identity), undefined);
  assert.equal(await patchFinalizers(client, identity, { uid, remove: theirs }), 'gone');
});

test('the finalizers of an object that was made anew are not touched', async () => {
  const { identity, read } = await configMap();
  assert.equal(await patchFinalizers(client, identity, { uid: 'of-an-earlier-one', add: 'e2e.example.com/x' }), 'gone');
  assert.equal((await read()).metadata.finalizers, undefined);
});

test('applying owns the fields that are given and no others', async () => {
  const { identity, read } = await configMap();
  const apply = (data: object) =>
    applyObject(
      client,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: identity.namespace, name: 'settings' }, data },
      { fieldManager: 'ours' },
    );
  await apply({ a: '1', b: '1' });
  await mergePatchObject(client, identity, { data: { theirs: '1' } });
  await apply({ a: '2' });
  assert.deepEqual((await read())['data'], { value: 'x', a: '2', theirs: '1' });
});

test('an older version cannot be written over a newer one, and another object not deleted in place of the one that is meant', async () => {
  const { identity, read } = await configMap();
  const old = { ...(await read()), apiVersion: 'v1', kind: 'ConfigMap' };
  await mergePatchObject(client, identity, { data: { value: 'new' } });
  const isConflict = (error: unknown): boolean => isKubernetesError(error, 'KUBERNETES_CONFLICT');
  await assert.rejects(replaceObject(client, { ...old, data: {} }), isConflict);
  await assert.rejects(deleteObject(client, identity, { uid: 'another' }), isConflict);
  const { resourceVersion = '' } = old.metadata;
  await assert.rejects(deleteObject(client, identity, { resourceVersion }), isConflict);
  assert.equal(await deleteObject(client, identity), true);
  assert.equal(await deleteObject(client, identity), false);
});

test('what is wrong with an object is said with its name', async () => {
  const namespace = await cluster.namespace();
  const metadata = { namespace, name: 'Not A Name' };
  await assert.rejects(createObject(client, { apiVersion: 'v1', kind: 'ConfigMap', metadata }), (error) => {
    assert.ok(isKubernetesError(error, 'KUBERNETES_INVALID'));
    assert.match(error.message, /^cannot create ConfigMap test-\w+\/Not A Name: .*lowercase RFC 1123/);
    return true;
  });
});

test('the data of a Secret is read as bytes', async () => {
  const namespace = await cluster.namespace();
  const metadata = { namespace, name: 's' };
  await createObject(client, { apiVersion: 'v1', kind: 'Secret', metadata, data: { key: '/wA=' } });
  const data = await readSecretData(client, namespace, 's');
  assert.deepEqual([...(data?.['key'] ?? [])], [0xff, 0x00]);
  assert.equal(await readSecretData(client, namespace, 'none'), undefined);
});

test('a token is accepted for the audience that it was made for and for no other', async () => {
  const namespace = await cluster.namespace();
  await createObject(client, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'sender' } });
  const request = { namespace, serviceAccount: 'sender', audience: 'ours', expirationSeconds: 600 };
  const { token, expiresAt } = await requestToken(client, request);
  assert.ok(expiresAt.getTime() > Date.now());
  const review = await createTokenReview(client, token, ['ours']);
  assert.equal(review.username, `system:serviceaccount:${namespace}:sender`);
  assert.deepEqual([review.authenticated, review.audiences], [true, ['ours']]);
  const refused = await createTokenReview(client, token, ['theirs']);
  assert.deepEqual([refused.authenticated, refused.username], [false, '']);
  assert.notEqual(refused.error, '');
});

test('events show at the object they are about, with how often they happened', async () => {
  const { identity, uid, namespace } = await configMap();
  const now = Date.now();
  let later = 0;
  const component = uniqueName();
  await using recorder = startEventRecorder({ client, component, instance: 'one', now: () => now + later });
  const object = { ...identity, uid };
  recorder.record(object, { type: 'Warning', reason: 'Broken', message: 'it does not work' });
  const described = () => cluster.api.kubectl(['describe', 'configmap', 'settings', '--namespace', namespace]);
  await eventually('the event is written', async () => /Warning\s+Broken/.test(await described()));
  later = 20_000;
  for (let n = 0; n < 4; n += 1)
    recorder.record(object, { type: 'Warning', reason: 'Broken', message: 'it does not work' });
  // Written once, with a count, and not four times.
  await eventually('the event is counted', async () => /Warning\s+Broken\s+.*\(x5 over/.test(await described()));
  assert.match(await described(), new RegExp(`Broken\\s.*${component}\\s+it does not work`));
  const { items } = (await client.call({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/events`,
    verb: 'list',
    subject: 'events',
  })) as { items: { readonly involvedObject: object; readonly count: number }[] };
  assert.deepEqual(
    items.map(({ involvedObject, count }) => [involvedObject, count]),
    [[object, 5]],
  );
});

test('what is recorded when a process ends is still written', async () => {
  const { identity, uid, namespace } = await configMap();
  {
    await using recorder = startEventRecorder({ client, component: 'e2e', instance: 'one' });
    recorder.record({ ...identity, uid }, { type: 'Normal', reason: 'Ended', message: 'bye' });
  }
  assert.match(await cluster.api.kubectl(['get', 'events', '--namespace', namespace]), /Ended/);
});
