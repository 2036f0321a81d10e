import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { type LocalKafka, startLocalKafka } from '@eventing-kafka/local-kafka';
import { conditionOf, type Installation, isReady, type Manifest, startInstallation } from './installation.ts';
import { broker, identity, trigger } from './manifests.ts';

const password = 'a"b\\c;';

/** Settings of Brokers of one suite, in `default`. */
function configMap(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name }, data };
}

function secret(name: string, stringData: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name }, stringData };
}

/** A Broker whose settings are the ConfigMap of this name. */
function brokerWith(name: string, config: string): Manifest {
  return broker(name, { config: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: config } });
}

describe('what goes wrong on a cluster is said, and mends', { timeout: 480_000 }, () => {
  let stack: AsyncDisposableStack;
  let kafka: LocalKafka;
  let installation: Installation;
  const good = broker('good');
  const toGood = trigger('to-good', 'good');

  before(async () => {
    stack = new AsyncDisposableStack();
    kafka = stack.use(
      await startLocalKafka({
        listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
        users: { shop: password },
      }),
    );
    installation = stack.use(await startInstallation({ ...kafka, values: { 'secrets.namespaces[0]': 'default' } }));
    await installation.apply(good, toGood);
    await installation.ready(identity(good), identity(toGood));
  });
  after(() => stack.disposeAsync());

  /** What serves goes on serving. */
  async function arrives(id: string, path = '/good', to = '/to-good'): Promise<void> {
    await eventually(`${id} is accepted`, async () => (await installation.post(`/default${path}`, { id })) === 202);
    await eventually(`${id} arrives`, () =>
      installation.subscriber.received(to).events.some((event) => event.id === id),
    );
  }

  function settings(bootstrapServers: string): Readonly<Record<string, string>> {
    return {
      'bootstrap.servers': bootstrapServers,
      'default.topic.partitions': '2',
      'default.topic.replication.factor': '1',
    };
  }

  test('a ConfigMap with text where a number belongs: refused with the reason, and Ready when it is mended', async () => {
    const wrong = { ...settings(kafka.bootstrapServers), 'default.topic.partitions': 'many' };
    const configured = brokerWith('configured', 'settings');
    await installation.apply(configMap('settings', wrong), configured);
    const refused = await installation.becomes(
      identity(configured),
      'is refused',
      (now) => conditionOf(now, 'ConfigParsed')?.status === 'False',
    );
    assert.match(JSON.stringify(conditionOf(refused, 'ConfigParsed')), /many/);
    await arrives('beside-a-wrong-config');
    await installation.apply(configMap('settings', settings(kafka.bootstrapServers)));
    await installation.ready(identity(configured));
  });

  test('a ConfigMap and a Secret that come after their Broker wake it; garbage in the Secret is said while the old serves', async () => {
    const secured = brokerWith('secured', 'secured-settings');
    const toSecured = trigger('to-secured', 'secured');
    await installation.apply(secured, toSecured);
    await installation.becomes(
      identity(secured),
      'misses its ConfigMap',
      (now) => conditionOf(now, 'ConfigParsed')?.status === 'False',
    );
    const data = { ...settings(kafka.listeners['SASL'] ?? ''), 'auth.secret.ref.name': 'credentials' };
    await installation.apply(configMap('secured-settings', data));
    const withoutSecret = await installation.becomes(
      identity(secured),
      'misses its Secret',
      (now) => conditionOf(now, 'TopicReady')?.reason === 'Failed to get broker auth secret',
    );
    assert.match(conditionOf(withoutSecret, 'TopicReady')?.message ?? '', /default\/credentials/);

    const credentials = { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', user: 'shop', password };
    await installation.apply(secret('credentials', credentials));
    await installation.ready(identity(secured), identity(toSecured));
    await arrives('with-credentials', '/secured', '/to-secured');
    const kept = await installation.read({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'default',
      name: 'credentials',
    });
    assert.equal(kept?.metadata.finalizers?.length, 1);

    await installation.apply(secret('credentials', { ...credentials, protocol: 'PLAIN' }));
    const garbage = await installation.becomes(identity(secured), 'says what is wrong', (now) => !isReady(now));
    assert.match(JSON.stringify(garbage.status?.conditions), /PLAINTEXT SASL_PLAINTEXT SSL SASL_SSL/);
    assert.ok(!JSON.stringify(garbage).includes(JSON.stringify(password).slice(1, -1)), 'no password in a status');
    await arrives('with-old-credentials', '/secured', '/to-secured');
    await arrives('beside-garbage');

    await installation.apply(secret('credentials', credentials));
    await installation.ready(identity(secured), identity(toSecured));
    await installation.remove(identity(toSecured), identity(secured));
    await installation.gone(20_000, identity(toSecured), identity(secured));
    const released = await installation.read({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'default',
      name: 'credentials',
    });
    assert.deepEqual(released?.metadata.finalizers ?? [], []);
  });

  test('1,000 broken Triggers beside a good one: it serves, each of them says why not, and all of them go', async () => {
    const broken = Array.from({ length: 1_000 }, (_, index) =>
      trigger(`broken-${index}`, 'good', {
        subscriber: { ref: { apiVersion: 'v1', kind: 'Service', name: `missing-${index % 10}` } },
      }),
    );
    for (let from = 0; from < broken.length; from += 50) {
      await Promise.all(broken.slice(from, from + 50).map((one) => installation.apply(one)));
    }
    await arrives('beside-broken-triggers');
    for (const one of [broken[0], broken[500], broken[999]]) {
      assert.ok(one);
      const refused = await installation.becomes(
        identity(one),
        'says why not',
        (now) => conditionOf(now, 'SubscriberResolved')?.status === 'False',
      );
      assert.match(conditionOf(refused, 'SubscriberResolved')?.message ?? '', /services "missing-\d" not found/);
    }
    assert.ok(isReady((await installation.read(identity(toGood))) ?? good));
    for (let from = 0; from < broken.length; from += 50) {
      await installation.remove(...broken.slice(from, from + 50).map(identity));
    }
    await installation.gone(60_000, ...broken.map(identity));
    await arrives('after-broken-triggers');
  });

  test('Kafka away: a new Broker says so, a deleted one goes all the same and an event tells what it left, and all is well when Kafka is back', async () => {
    const doomed = broker('doomed');
    await installation.apply(doomed);
    await installation.ready(identity(doomed));
    await kafka.stop();
    const early = broker('early');
    await installation.apply(early);
    await installation.becomes(
      identity(early),
      'says that Kafka is away',
      (now) => conditionOf(now, 'TopicReady')?.reason === 'Failed to obtain Kafka cluster admin',
    );
    await installation.remove(identity(doomed));
    await installation.gone(60_000, identity(doomed));
    await eventually('an event tells what is left', async () => {
      const events = await installation.cluster.kubectl(['get', 'events', '--field-selector', 'type=Warning']);
      return events.includes('knative-broker-default-doomed');
    });
    await kafka.restart();
    await installation.ready(identity(early), identity(good), identity(toGood));
    await arrives('after-kafka-was-away');
  });

  test('the API server away for a minute: events go on, and what is written afterwards is served', async () => {
    const { cluster } = installation;
    await cluster.stopApiServer();
    const back = Date.now() + 60_000;
    for (let count = 0; Date.now() < back; count++) {
      await arrives(`without-api-server-${count}`);
      await delay(5_000);
    }
    await cluster.restartApiServer();
    const late = trigger('late', 'good');
    await eventually('the API server takes a Trigger', () => installation.apply(late).then(() => true), 60_000);
    await installation.ready(identity(good), identity(toGood), identity(late));
    await arrives('with-api-server', '/good', '/late');
  });

  test('hostile objects are refused with a reason, by admission or in a condition', async () => {
    const hostile: readonly (readonly [name: string, object: Manifest, why: RegExp])[] = [
      [
        'a filter of 1 MB',
        trigger('large', 'good', { filters: [{ cesql: `type = '${'x'.repeat(1_000_000)}'` }] }),
        /spec\.filters is too large; expected at most 65536 characters/,
      ],
      ['a name that makes no topic', broker('b'.repeat(240)), /cannot name a topic: 1 to 249/],
      [
        'the metadata address',
        trigger('metadata', 'good', { subscriber: { uri: 'http://169.254.169.254/latest' } }),
        /169\.254\.169\.254/,
      ],
      [
        'the metadata address in decimal',
        trigger('decimal', 'good', { subscriber: { uri: 'http://2852039166/' } }),
        /not allowed|169\.254/i,
      ],
      [
        'a Secret as subscriber',
        trigger('thief', 'good', {
          subscriber: {
            ref: {
              apiVersion: 'v1',
              kind: 'Secret',
              namespace: 'knative-eventing',
              name: 'eventing-kafka-contract-ca',
            },
          },
        }),
        /secrets .*eventing-kafka-contract-ca.* not found/,
      ],
    ];
    for (const [name, object, why] of hostile) {
      const outcome = await installation.apply(object).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (outcome !== undefined) {
        assert.match(outcome, why, name);
        continue;
      }
      const refused = await installation.becomes(identity(object), 'is refused', (now) =>
        (now.status?.conditions ?? []).some((condition) => condition.status === 'False'),
      );
      assert.match(JSON.stringify(refused.status?.conditions), why, name);
    }
    await arrives('beside-hostile-objects');
  });
});
