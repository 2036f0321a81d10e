import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Cluster,
  eventually,
  type RecordingSubscriber,
  startCluster,
  startRecordingSubscriber,
  suiteKafka,
} from '@eventing-kafka/e2e-support';
import { chartFolder } from './chart-values.ts';
import { allObjects } from './left-behind.ts';
import { type PreviousChart, previousChart } from './previous-chart.ts';
import { type ChartSettings, namespace, release, setArguments } from './render.ts';

const inNamespace = `--namespace=${namespace}`;
const waiting = ['--wait', '--timeout=150s'];

/** A Broker `shop` and a Trigger that brings its events to a path of a subscriber. */
function shop(subscriberUrl: string): string {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kafka-broker-config', namespace };
  return [
    {
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Broker',
      metadata: { name: 'shop', namespace: 'default', annotations: { 'eventing.knative.dev/broker.class': 'Kafka' } },
      spec: { config },
    },
    {
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      metadata: { name: 'orders', namespace: 'default' },
      spec: { broker: 'shop', subscriber: { uri: `${subscriberUrl}/orders` } },
    },
  ]
    .map((object) => JSON.stringify(object))
    .join('\n---\n');
}

describe('the life of a release', { timeout: 600_000 }, () => {
  const stack = new AsyncDisposableStack();
  let cluster: Cluster;
  let previous: PreviousChart;
  let subscriber: RecordingSubscriber;
  let settings: ChartSettings;
  let atFirst: ReadonlySet<string>;

  before(async () => {
    const kafka = stack.use(await suiteKafka());
    cluster = stack.use(await startCluster());
    previous = stack.use(await previousChart());
    subscriber = stack.use(await startRecordingSubscriber());
    settings = {
      'kafka.bootstrapServers': kafka.bootstrapServers.replaceAll(',', '\\,'),
      'kafka.replicationFactor': '1',
      'kafka.partitions': '3',
      'sinkReceiver.replicas': '1',
      'dispatcher.replicas': '1',
      // Pods and Services of the test cluster have loopback addresses.
      'controller.extraEnv[0].name': 'ALLOW_LOOPBACK_DESTINATIONS',
      'controller.extraEnv[0].value': 'true',
      'dispatcher.extraEnv[0].name': 'ALLOWED_DESTINATION_CIDRS',
      'dispatcher.extraEnv[0].value': '127.0.0.0/8',
    };
    atFirst = await allObjects(cluster);
  });
  after(() => stack.disposeAsync());

  /** Posts one event to the Broker `shop`, by its Service; whether it was accepted. */
  async function post(id: string): Promise<boolean> {
    const address = await cluster.serviceAddress(namespace, 'kafka-broker-ingress');
    const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'order' };
    const answer = await fetch(`http://${address}/default/shop`, { method: 'POST', headers, body: '{}' }).catch(
      () => undefined,
    );
    return answer?.status === 202;
  }

  async function shopIsReady(): Promise<void> {
    const wait = ['wait', '--for=condition=Ready', '--timeout=60s', '--namespace=default'];
    await cluster.kubectl([...wait, 'broker/shop', 'trigger/orders']);
  }

  /** One event goes all the way. */
  async function carries(): Promise<void> {
    await shopIsReady();
    const id = randomUUID();
    assert.ok(await post(id), 'accepted');
    await eventually(`event ${id}`, () => subscriber.received('/orders').events.some((event) => event.id === id));
  }

  /** Posts events while `change` runs; each that was accepted arrives. */
  async function carriesDuring(what: string, change: () => Promise<unknown>): Promise<void> {
    const accepted: string[] = [];
    let refused = 0;
    const over = new AbortController();
    const posting = (async () => {
      while (!over.signal.aborted) {
        const id = randomUUID();
        if (await post(id)) accepted.push(id);
        else refused += 1;
        await delay(50, undefined, { signal: over.signal }).catch(() => undefined);
      }
    })();
    await change().finally(() => {
      over.abort();
      return posting;
    });
    console.log(JSON.stringify({ run: what, accepted: accepted.length, refused }));
    assert.ok(accepted.length > 0, 'no event was accepted meanwhile');
    await eventually(`all of ${accepted.length} events`, () => {
      const arrived = new Set(subscriber.received('/orders').events.map(({ id }) => id));
      return accepted.every((id) => arrived.has(id));
    });
  }

  async function chartOfWorkloads(): Promise<readonly string[]> {
    const path = '--output=jsonpath={range .items[*]}{.metadata.labels.helm\\.sh/chart}{"\\n"}{end}';
    const lines = await cluster.kubectl(['get', 'deployments', inNamespace, path]);
    return [...new Set(lines.trim().split('\n'))];
  }

  test('installs the previous version, and all of it becomes ready', async () => {
    const output = await cluster.helm(
      ['install', release, previous.folder, inNamespace, '--create-namespace', ...waiting, ...setArguments(settings)],
      { timeoutMs: 180_000 },
    );
    assert.match(output, /kubectl get broker,trigger,kafkasink -A/);
    assert.deepEqual(await chartOfWorkloads(), [`eventing-kafka-${previous.version}`]);
  });

  test('helm test sends an event, sees it arrive, and leaves nothing', async () => {
    const output = await cluster.helm(['test', release, inNamespace, '--timeout=150s'], { timeoutMs: 180_000 });
    assert.match(output, /Phase:\s+Succeeded/);
    const kinds = 'pods,services,brokers.eventing.knative.dev,triggers.eventing.knative.dev';
    await eventually('what the test made is gone', async () => {
      const left = await cluster.kubectl([
        'get',
        kinds,
        inNamespace,
        '--selector=app=eventing-kafka-smoke-test',
        '-o',
        'name',
      ]);
      return left.trim() === '';
    });
  });

  test('a Broker and a Trigger carry events', async () => {
    await cluster.kubectl(['apply', '-f', '-'], { stdin: shop(subscriber.url) });
    await carries();
  });

  test('an upgrade to this version loses no accepted event', async () => {
    await carriesDuring('upgrade', () =>
      cluster.helm(['upgrade', release, chartFolder, inNamespace, ...waiting, ...setArguments(settings)], {
        timeoutMs: 180_000,
      }),
    );
    assert.doesNotMatch(
      (await chartOfWorkloads()).join(),
      new RegExp(`eventing-kafka-${previous.version.replaceAll('.', '\\.')}$`),
    );
    await carries();
  });

  test('a change of values restarts what it concerns, and loses no accepted event', async () => {
    const changed = { ...settings, 'receiver.replicas': '3', 'receiver.logLevel': 'warn' };
    await carriesDuring('change of values', () =>
      cluster.helm(['upgrade', release, chartFolder, inNamespace, ...waiting, ...setArguments(changed)], {
        timeoutMs: 180_000,
      }),
    );
    await carries();
  });

  test('a rollback to the first revision loses no accepted event', async () => {
    await carriesDuring('rollback', () =>
      cluster.helm(['rollback', release, '1', inNamespace, ...waiting], { timeoutMs: 180_000 }),
    );
    assert.deepEqual(await chartOfWorkloads(), [`eventing-kafka-${previous.version}`]);
    await carries();
  });

  test('helm test passes after all that, too', async () => {
    const output = await cluster.helm(['test', release, inNamespace, '--timeout=150s'], { timeoutMs: 180_000 });
    assert.match(output, /Phase:\s+Succeeded/);
  });

  test('uninstalled, it leaves the definitions, what the controller keeps for the next time, and nothing else', async () => {
    await cluster.kubectl(['delete', 'trigger/orders', 'broker/shop', '--namespace=default', '--timeout=60s']);
    // Without --wait, which does not say what it waits for.
    await cluster.helm(['uninstall', release, inNamespace]);
    const kept =
      /^(CustomResourceDefinition |Namespace .*\/knative-eventing$|(ServiceAccount|ConfigMap) [^/]+\/(default|kube-root-ca\.crt)$|Lease knative-eventing\/eventing-kafka-controller$|Secret knative-eventing\/(eventing-kafka-contract-|kafka-webhook-eventing-))/;
    await eventually(
      'the rest is gone',
      async () => {
        const left = [...(await allObjects(cluster))].filter((object) => !atFirst.has(object) && !kept.test(object));
        assert.deepEqual(left, []);
        return true;
      },
      60_000,
    );
    const definitions = await cluster.kubectl(['get', 'crd', '-o', 'name']);
    for (const name of ['brokers', 'triggers', 'kafkasinks', 'eventpolicies']) {
      assert.match(definitions, new RegExp(`/${name}\\.eventing\\.knative\\.dev\n`));
    }
  });
});
