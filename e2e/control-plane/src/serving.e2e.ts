import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  eventually,
  forwardToAnnotation,
  type RecordingSubscriber,
  startRecordingSubscriber,
  suiteKafka,
  type SuiteKafka,
} from '@eventing-kafka/e2e-support';
import { createKafkaClients, type OffsetStore, type TopicAdmin } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { heldDead } from './held-dead.ts';
import { conditionOf, type Installation, startInstallation, systemNamespace } from './installation.ts';
import { toldInTime } from './told-in-time.ts';

const shop = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', namespace: 'default', name: 'shop' };
const orders = { ...shop, kind: 'Trigger', name: 'orders' };
const payments = { ...shop, kind: 'Trigger', name: 'payments' };
const topic = 'knative-broker-default-shop';
const groups = ['knative-trigger-default-orders', 'knative-trigger-default-payments'];

/** How soon `READY` has to be the truth after a part died. */
const truthfulWithinMs = 2_000;

describe('the chart on a cluster, as its README says', { timeout: 420_000 }, () => {
  let stack: AsyncDisposableStack;
  let kafka: SuiteKafka;
  let installation: Installation;
  let admin: TopicAdmin;
  let offsets: OffsetStore;
  const subscribers = new Map<string, RecordingSubscriber>();
  let sent = 0;

  before(async () => {
    stack = new AsyncDisposableStack();
    kafka = stack.use(await suiteKafka());
    const clients = stack.use(createKafkaClients({ logger: silentLogger }));
    admin = stack.use(await clients.topics(kafka));
    offsets = stack.use(await clients.offsets(kafka));
    installation = stack.use(await startInstallation(kafka));
    for (const name of ['order-service', 'payment-service']) {
      const subscriber = stack.use(await startRecordingSubscriber());
      subscribers.set(name, subscriber);
      const annotations = { [forwardToAnnotation]: new URL(subscriber.url).host };
      await installation.apply({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'default', name, annotations },
        spec: { ports: [{ port: 80 }] },
      });
    }
  });
  after(() => stack.disposeAsync());

  /** Posts until it is accepted, and waits until the right subscriber has it, and nobody else. */
  async function arrives(): Promise<void> {
    const id = `event-${++sent}`;
    await eventually(
      `${id} is accepted`,
      async () => (await installation.post('/default/shop', { id, type: 'com.example.order.created' })) === 202,
    );
    await eventually(`${id} arrives`, () => idsAt('order-service').includes(id));
    assert.ok(!idsAt('payment-service').includes(id), 'the other Trigger does not want it');
  }

  function idsAt(service: string): readonly string[] {
    return (
      subscribers
        .get(service)
        ?.received('/')
        .events.map(({ id }) => id) ?? []
    );
  }

  test('the Broker and two Triggers of the README become Ready, and an event reaches the right subscriber', async () => {
    const readme = await readFile(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
    const manifest = /```yaml\n(# shop\.yaml\n[^`]*)```/.exec(readme)?.[1];
    assert.ok(manifest !== undefined, 'the README holds shop.yaml');
    await installation.cluster.kubectl(['apply', '-f', '-'], { stdin: manifest });
    await installation.ready(shop, orders, payments);
    await arrives();
    const shown = await installation.cluster.kubectl(['get', 'broker,trigger']);
    assert.match(shown, /broker\.eventing\.knative\.dev\/shop +http:\/\/kafka-broker-ingress\S+ +\S+ +True/);
    assert.match(shown, /trigger\.eventing\.knative\.dev\/orders +shop +http:\/\/order-service\S+ +\S+ +True/);
  });

  test('security 8 V3: events go on without a controller, and it takes up again (differs: it is away for seconds, not for minutes)', async () => {
    const [pod = ''] = await installation.pods('kafka-controller');
    installation.cluster.killPod(systemNamespace, pod);
    await arrives();
    await arrives();
    await eventually('a controller leads', async () => (await installation.status()) !== undefined);
    await installation.ready(shop, orders, payments);
    await arrives();
  });

  for (const { app, object } of [
    { app: 'kafka-broker-receiver', object: shop },
    { app: 'kafka-broker-dispatcher', object: orders },
  ]) {
    test(`READY is the truth within 2 s when the only ${app} dies, and comes back with it`, async () => {
      await using dead = await heldDead(installation, app);
      await toldInTime(installation, {
        object,
        what: 'is not Ready',
        looks: (now) => conditionOf(now, 'Ready')?.status !== 'True',
        withinMs: truthfulWithinMs,
      });
      await dead.stop();
      await installation.ready(shop, orders, payments);
      await arrives();
    });
  }

  test('what was deleted leaves no topic, no group and no finalizer behind', async () => {
    const committed = async (): Promise<readonly string[]> => {
      const requests = groups.map((groupId) => ({ groupId, topic, partitions: [0, 1, 2, 3] }));
      return (await offsets.fetch(requests)).filter(({ offset }) => offset !== undefined).map(({ groupId }) => groupId);
    };
    assert.deepEqual(new Set(await committed()), new Set(groups), 'each Trigger has a group');
    await installation.remove(orders, payments);
    await installation.gone(20_000, orders, payments);
    assert.deepEqual(await committed(), []);
    await installation.remove(shop);
    await installation.gone(20_000, shop);
    assert.equal(await admin.describe(topic), undefined);
    assert.equal(await installation.post('/default/shop', { id: 'late' }), 404);
  });
});
