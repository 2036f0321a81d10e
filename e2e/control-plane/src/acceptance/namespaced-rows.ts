import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import type { ObjectIdentity } from '@eventing-kafka/kubernetes';
import { type Manifest, systemNamespace } from '../installation.ts';
import { identity } from '../manifests.ts';
import { type AcceptanceSuite, namespaces, service } from './acceptance-suite.ts';
import { allTrue, goodData, rowBroker } from './broker-fixtures.ts';
import { servingCertificate } from './security-fixtures.ts';
import { groupOf, rowTrigger, triggerTrue } from './trigger-fixtures.ts';

const namespace = namespaces.namespaced;
const namespacedTrue = {
  ...triggerTrue,
  SubscriberResolved: 'True | SubscriberResolved | Subscriber will receive events with the delivery order: UNORDERED',
};

/** What a namespace with a data plane of its own holds. */
const dataPlane: readonly ObjectIdentity[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'kafka-receiver' },
  { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'kafka-dispatcher' },
  { apiVersion: 'v1', kind: 'Service', namespace, name: 'kafka-broker-ingress' },
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'kafka-broker-receiver' },
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'kafka-broker-dispatcher' },
  { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'extra' },
];

/** What its processes prove with who they are. */
const certificates: readonly ObjectIdentity[] = ['receiver', 'dispatcher'].map((app) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name: `eventing-kafka-contract-${app}`,
}));

/** What an operator adds to every such namespace. */
const extras: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: systemNamespace, name: 'config-namespaced-broker-resources' },
  data: {
    resources: `
- apiVersion: v1
  kind: ConfigMap
  metadata: { namespace: '{{ .Namespace }}', name: extra }
`,
  },
};

/** Rows of control-plane 24.3, and of 24.4 on the Broker that they make. */
export function namespacedRows(suite: () => AcceptanceSuite): void {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'own' } };
  const base = rowBroker('nb1', {
    spec: { config: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'own' } },
    annotations: { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' },
  });
  const broker: Manifest = { ...base, metadata: { ...base.metadata, namespace } };
  const trigger = (name: string, more: Parameters<typeof rowTrigger>[2] = {}): Manifest =>
    rowTrigger(name, 'nb1', { namespace, ...more });

  test('control-plane 24.3 NB1: its data plane is made in its namespace, runs there and carries an event', async () => {
    const { installation, kafka, shows } = suite();
    await installation.apply(extras, { ...config, data: goodData(kafka.bootstrapServers) }, broker);
    const { metadata, status } = await shows(identity(broker), allTrue(`knative-broker-${namespace}-nb1`));
    assert.equal(status?.address?.url, `http://kafka-broker-ingress.${namespace}.svc.cluster.local/${namespace}/nb1`);
    for (const object of dataPlane) {
      const found = await installation.read(object);
      assert.equal(found?.metadata.labels?.['eventing.knative.dev/namespaced'], 'true', object.name);
      const [reference] = found.metadata.ownerReferences ?? [];
      assert.deepEqual([reference?.kind, reference?.uid], ['Broker', metadata.uid], object.name);
    }
    const toNb1 = trigger('to-nb1');
    await installation.apply(toNb1);
    await shows(identity(toNb1), namespacedTrue);
    const ingress = await installation.cluster.serviceAddress(namespace, 'kafka-broker-ingress');
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'nb1', 'ce-source': '/e2e', 'ce-type': 'com.example.event' };
    const url = `http://${ingress}/${namespace}/nb1`;
    await eventually(
      'an event is accepted',
      async () => (await fetch(url, { method: 'POST', headers })).status === 202,
    );
    await eventually('it arrives', () =>
      installation.subscriber.received('/to-nb1').events.some(({ id }) => id === 'nb1'),
    );
    assert.equal(
      await installation.post(`/${namespace}/nb1`, { id: 'elsewhere' }),
      404,
      'the shared receivers do not know it',
    );
  });

  test('control-plane 24.4 T1: its conditions, its group and its finalizer', async () => {
    const { installation, shows } = suite();
    const object = trigger('t1');
    await installation.apply(object);
    const { metadata, status } = await shows(identity(object), namespacedTrue);
    assert.equal(status?.annotations?.['group.id'], groupOf('t1', namespace));
    assert.deepEqual(metadata.finalizers, ['kafka.namespaced.triggers.eventing.knative.dev']);
  });

  test('control-plane 24.4 T3, T6: its delivery is in its status, and replaces the one of its Broker', async () => {
    const { installation, shows } = suite();
    const deadLetterSink = { ref: service.ref, uri: '/dead' };
    const delivery = { deadLetterSink, retry: 3, backoffPolicy: 'exponential', backoffDelay: 'PT1S', timeout: 'PT2S' };
    const object = trigger('t3', { spec: { delivery } });
    await installation.apply(object);
    const { status } = await shows(identity(object), { ...namespacedTrue, DeadLetterSinkResolved: 'True' });
    assert.equal(status?.['deadLetterSinkUri'], `${service.url}/dead`);
  });

  test('control-plane 24.4 T4: the order is told', async () => {
    const { installation, shows } = suite();
    const object = trigger('t4', { annotations: { 'kafka.eventing.knative.dev/delivery.order': 'ordered' } });
    await installation.apply(object);
    await shows(identity(object), { SubscriberResolved: /: ORDERED$/, Ready: 'True' });
  });

  test('control-plane 24.4 T22: subscriber and dead letter sink by URL, with their certificates', async () => {
    const { installation, shows } = suite();
    const { data } = await servingCertificate(installation, 'unused');
    const authority = Buffer.from((data as Record<string, string>)['ca.crt'] ?? '', 'base64').toString();
    const subscriber = { uri: 'https://subscriber.example', CACerts: authority };
    const delivery = { deadLetterSink: { uri: 'https://dls.example', CACerts: authority }, retry: 3, timeout: 'PT2S' };
    const object = trigger('t22', { spec: { subscriber, delivery } });
    await installation.apply(object);
    const { status } = await shows(identity(object), { SubscriberResolved: /^True/, DependencyReady: 'True' });
    assert.equal(status?.['subscriberUri'], 'https://subscriber.example');
    assert.equal(status['subscriberCACerts'], authority);
    assert.equal(status['deadLetterSinkUri'], 'https://dls.example');
    assert.equal(status['deadLetterSinkCACerts'], authority);
  });

  test('control-plane 24.4 T20: with OIDC its ServiceAccount is made, and stands in the status', async () => {
    const { installation, shows, withFeatures } = suite();
    const account = 't1-oidc-eventing.knative.dev-trigger';
    const object = trigger('t1');
    await withFeatures('config-features', { 'authentication-oidc': 'enabled' }, async () => {
      const { metadata, status } = await shows(identity(object), {
        OIDCIdentityCreated: 'True',
        BrokerReady: 'True',
        Ready: 'True',
      });
      assert.deepEqual(status?.['auth'], { serviceAccountName: account });
      const made = await installation.read({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: account });
      assert.equal(made?.metadata.ownerReferences?.[0]?.uid, metadata.uid);
    });
    await shows(identity(object), namespacedTrue);
  });

  test('control-plane 8.3: the data plane of a namespace goes with its last Broker', async () => {
    const { installation } = suite();
    for (const name of ['to-nb1', 't1', 't3', 't4', 't22']) await installation.remove(identity(trigger(name)));
    await installation.remove(identity(broker));
    await installation.gone(60_000, identity(broker), ...dataPlane, ...certificates);
    const shared = { ...dataPlane[3], namespace: systemNamespace } as ObjectIdentity;
    assert.ok(await installation.read(shared), 'the shared one stays');
  });
}
