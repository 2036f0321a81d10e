import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, suiteKafka, type SuiteKafka } from '@eventing-kafka/e2e-support';
import {
  conditionOf,
  type Installation,
  isReady,
  type Manifest,
  startInstallation,
  systemNamespace,
} from './installation.ts';
import { broker, identity, trigger } from './manifests.ts';
import { type Meanwhile, meanwhile } from './meanwhile.ts';
import { podStatuses } from './pod-statuses.ts';
import { everybodyServes, toldInTime } from './told-in-time.ts';

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: systemNamespace,
  name: 'eventing-kafka-controller',
};
/** How soon a refusal by one Pod has to show in the condition. */
const refusedWithinMs = 1_000;
const dataPlane = ['kafka-broker-receiver', 'kafka-broker-dispatcher'];

describe('two of everything: leaders change, Pods are replaced, laggards are named', { timeout: 420_000 }, () => {
  const stack = new AsyncDisposableStack();
  let kafka: SuiteKafka;
  let installation: Installation;
  const shop = broker('shop');
  const orders = trigger('orders', 'shop');

  before(async () => {
    kafka = stack.use(await suiteKafka());
    const values = {
      'controller.replicas': 2,
      'receiver.replicas': 2,
      'receiver.drainDelay': '1s',
      'dispatcher.replicas': 2,
      'sinks.enabled': false,
      'secrets.namespaces[0]': 'default',
    };
    installation = stack.use(await startInstallation({ ...kafka, values }));
    await installation.apply(shop, orders);
    await installation.ready(identity(shop), identity(orders));
  });
  after(() => stack.disposeAsync());

  /** Events that are posted all the time by somebody who tries each of them twice. */
  function posting(name: string): Meanwhile & { readonly arrived: () => Promise<void> } {
    const ids: string[] = [];
    const statuses: number[] = [];
    const poster = meanwhile(async (turn) => {
      const id = `${name}-${turn}`;
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const status = await installation.post('/default/shop', { id });
        statuses.push(status);
        if (status === 202) {
          ids.push(id);
          return;
        }
      }
      assert.fail(`${id} was refused twice: ${statuses.slice(-2).join(', ')}`);
    });
    const arrived = (): Promise<void> =>
      eventually(
        'all that was accepted arrives',
        () => {
          const there = new Set(installation.subscriber.received('/orders').events.map((event) => event.id));
          return ids.every((id) => there.has(id));
        },
        60_000,
      ).then(() => undefined);
    return Object.assign(poster, { arrived });
  }

  /** Objects that are written all the time: each write is judged by a webhook, and somebody who writes tries again. */
  function writing(): Meanwhile {
    return meanwhile(async (turn) => {
      const object = broker('written', {}, { turn: String(turn) });
      await eventually('a write is judged', () => installation.apply(object).then(() => true), 5_000);
    });
  }

  async function leaderOf(): Promise<{ readonly pod: string; readonly epoch: bigint }> {
    return eventually(
      'exactly one controller leads, and holds the Lease',
      async () => {
        const leading = (await podStatuses(installation, 'kafka-controller')).filter(({ contract }) => contract);
        const [only] = leading;
        if (only?.contract === undefined || leading.length > 1) return undefined;
        const held = await installation.read(lease);
        const { holderIdentity } = (held?.['spec'] ?? {}) as { readonly holderIdentity?: string };
        return holderIdentity === only.pod ? { pod: only.pod, epoch: BigInt(only.contract.epoch) } : undefined;
      },
      60_000,
    );
  }

  /** A change made now is served by all: the leader pushes, and everybody follows it alone. */
  async function leads(epoch: bigint, name: string): Promise<void> {
    const probe = trigger(name, 'shop');
    await installation.apply(probe);
    await installation.ready(identity(shop), identity(orders), identity(probe));
    await eventually('all processes follow the leader', async () => {
      const status = (await installation.status()) as {
        readonly processes: readonly { readonly acknowledged?: string }[];
      };
      return (
        status.processes.length === 4 && status.processes.every((each) => each.acknowledged?.startsWith(`${epoch}.`))
      );
    });
  }

  test('exactly one of two controllers leads; when it is killed another leads with a higher epoch, events go on and webhooks are answered', async () => {
    const before = await leaderOf();
    await using events = posting('killed');
    await using writes = writing();
    await eventually('both are under way', () => events.count > 3 && writes.count > 3);
    installation.cluster.killPod(systemNamespace, before.pod);
    const next = await eventually(
      'another one leads',
      async () => {
        const now = await leaderOf();
        return now.epoch > before.epoch ? now : undefined;
      },
      60_000,
    );
    await leads(next.epoch, 'after-a-kill');
    await writes.stop();
    await events.stop();
    await events.arrived();
  });

  test('a leader that stands still is followed by another, and pushes no more when it comes back', async () => {
    const before = await leaderOf();
    await using events = posting('stopped');
    const restarts = async (): Promise<number> => restartsOf(before.pod);
    const restartsBefore = await restarts();
    installation.cluster.killPod(systemNamespace, before.pod, 'SIGSTOP');
    const next = await eventually(
      'another one leads',
      async () => {
        const now = await leaderOf();
        return now.epoch > before.epoch ? now : undefined;
      },
      60_000,
    );
    assert.notEqual(next.pod, before.pod);
    installation.cluster.killPod(systemNamespace, before.pod, 'SIGCONT');
    await eventually('the former leader has begun anew', async () => (await restarts()) > restartsBefore);
    await leads(next.epoch, 'after-a-stop');
    assert.deepEqual(await leaderOf(), next);
    await events.stop();
    await events.arrived();
  });

  async function restartsOf(pod: string): Promise<number> {
    const found = await installation.read({ apiVersion: 'v1', kind: 'Pod', namespace: systemNamespace, name: pod });
    const { containerStatuses = [] } = (found?.status ?? {}) as {
      readonly containerStatuses?: readonly { readonly restartCount: number }[];
    };
    return containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  }

  test('while all Pods of the data plane are replaced, a poster that tries twice is always answered, and Ready returns', async () => {
    const { cluster } = installation;
    const before = await Promise.all(dataPlane.map((app) => installation.pods(app)));
    await using events = posting('rollout');
    const deployments = dataPlane.map((name) => `deployment/${name}`);
    await cluster.kubectl(['rollout', 'restart', '-n', systemNamespace, ...deployments]);
    for (const deployment of deployments)
      await cluster.kubectl(['rollout', 'status', '-n', systemNamespace, deployment, '--timeout=120s']);
    await eventually(
      'the former Pods are gone',
      async () => {
        const now = await Promise.all(dataPlane.map((app) => installation.pods(app)));
        return now.every((pods, index) => pods.length === 2 && !pods.some((pod) => before[index]?.includes(pod)));
      },
      60_000,
    );
    await installation.ready(identity(shop), identity(orders));
    await events.stop();
    await events.arrived();
  });

  test('a receiver that does not answer is named, the other one is not, and Ready comes when it answers', async () => {
    const { cluster } = installation;
    const [silent = '', other = ''] = await installation.pods('kafka-broker-receiver');
    cluster.killPod(systemNamespace, silent, 'SIGSTOP');
    const waiting = broker('waiting');
    await installation.apply(waiting);
    const pending = await installation.becomes(identity(waiting), 'names the one Pod', (now) => {
      const { status, message = '' } = conditionOf(now, 'ProbeSucceeded') ?? {};
      return status === 'False' && message.includes(silent) && !message.includes(other);
    });
    assert.equal(isReady(pending), false);
    cluster.killPod(systemNamespace, silent, 'SIGCONT');
    await installation.ready(identity(waiting));
  });

  test('a receiver that refuses is named with its reason within a second, while the others serve', async () => {
    const odd = await oddReceiver();
    await installation.apply(odd);
    await installation.becomes(identity(odd), 'is Ready', (now) => conditionOf(now, 'Ready')?.status === 'True');
    await installation.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: 'default', name: 'credentials' },
        stringData: { protocol: 'PLAINTEXT' },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'default', name: 'secured' },
        data: {
          'bootstrap.servers': kafka.bootstrapServers,
          'default.topic.partitions': '1',
          'default.topic.replication.factor': '1',
          'auth.secret.ref.name': 'credentials',
        },
      },
    );
    const secured = broker('secured', {
      config: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'secured' },
    });
    await installation.apply(secured);
    await installation.becomes(
      identity(secured),
      'has something to refuse',
      (now) => conditionOf(now, 'TopicReady')?.status === 'True',
    );
    const refused = await toldInTime(installation, {
      object: identity(secured),
      what: 'is refused',
      looks: (now) => conditionOf(now, 'ProbeSucceeded')?.reason === 'CredentialsUnavailable',
      withinMs: refusedWithinMs,
      later: everybodyServes,
    });
    assert.match(conditionOf(refused, 'ProbeSucceeded')?.message ?? '', /^odd-receiver: /);
    assert.equal(isReady(refused), false);
    await installation.remove(identity(odd));
    await installation.ready(identity(secured));
  });

  /** A receiver like the others, but for the token that it would read Secrets with: that is not where it looks. */
  async function oddReceiver(): Promise<Manifest> {
    const deployment = await installation.read({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: systemNamespace,
      name: 'kafka-broker-receiver',
    });
    const { template } = deployment?.['spec'] as { readonly template: PodTemplate };
    const containers = template.spec.containers.map((container) => ({
      ...container,
      env: [...container.env, { name: 'SERVICE_ACCOUNT_DIR', value: '/nowhere' }],
    }));
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: systemNamespace, name: 'odd-receiver', labels: template.metadata.labels },
      spec: { ...template.spec, containers },
    };
  }
});

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly env: readonly object[] }[] };
}
