/** Kafka credentials from a Secret of a real API server, on a Kafka that asks for them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Contract, contractState } from '@eventing-kafka/contract';
import { startContractServer, type ContractServer } from '@eventing-kafka/contract-stream';
import {
  type ApiServer,
  type AppProcess,
  eventually,
  freePort,
  type RecordingSubscriber,
  startApiServer,
  startApp,
  startRecordingSubscriber,
} from '@eventing-kafka/e2e-support';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { type LocalKafka, startLocalKafka } from '@eventing-kafka/local-kafka';
import { silentLogger } from '@eventing-kafka/logging';
import { grantedRights } from './granted-rights.ts';
import { podEnvironment } from './pod-environment.ts';

const namespace = 'team';
const name = 'kafka-secret';
const user = 'alice';
const passwords = ['first-word"\\;', 'second-word"\\;'] as const;
const topic = 'orders';

/** What `kubectl get -o json` says of a Secret, as far as a contract refers to it. */
interface StoredSecret {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

function secretManifest(data: Readonly<Record<string, string>>): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData: data });
}

const credentials = (password: string): string =>
  secretManifest({ protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', user, password });

const rights = grantedRights({
  namespace,
  account: 'data-plane',
  name: 'read-kafka-secret',
  resource: 'secrets',
  resourceName: name,
  verb: 'get',
});

describe('Kafka credentials in a Secret', { timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let api: ApiServer;
  let kafka: LocalKafka;
  let controller: ContractServer;
  let subscriber: RecordingSubscriber;
  let scratch: string;
  let apps: readonly AppProcess[];
  let ingressUrl: string;
  let adminUrls: readonly string[];
  let posted = 0;

  before(async () => {
    stack = new AsyncDisposableStack();
    api = stack.use(await startApiServer());
    kafka = stack.use(
      await startLocalKafka({
        listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
        users: { [user]: passwords[0] },
      }),
    );
    await using clients = createKafkaClients();
    await using admin = await clients.topics(kafka);
    await admin.create({ name: topic, partitions: 2, replicationFactor: 1 });
    subscriber = stack.use(await startRecordingSubscriber());
    const security = { kind: 'insecure' } as const;
    controller = stack.use(
      await startContractServer({ host: '127.0.0.1', port: 0, epoch: 1n, security, logger: silentLogger }),
    );
    scratch = await mkdtemp(join(tmpdir(), 'eventing-kafka-credentials-'));
    stack.defer(() => rm(scratch, { recursive: true, force: true }));
    await api.kubectl(['create', 'namespace', namespace]);
    await api.kubectl(['create', 'serviceaccount', 'data-plane', '--namespace', namespace]);
    await api.kubectl(['apply', '--filename', '-'], { stdin: credentials(passwords[0]) });

    const env = await environment();
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    ingressUrl = `http://127.0.0.1:${ports[0]}`;
    adminUrls = [`http://127.0.0.1:${ports[1]}`, `http://127.0.0.1:${ports[2]}`];
    apps = [
      stack.use(
        startApp('receiver', { env: { ...env('r'), INGRESS_PORT: String(ports[0]), ADMIN_PORT: String(ports[1]) } }),
      ),
      stack.use(startApp('dispatcher', { env: { ...env('d'), ADMIN_PORT: String(ports[2]) } })),
    ];
    await publish();
  });
  after(() => stack.disposeAsync());

  /** What a Pod of the ServiceAccount would find in its environment and mounted, and our settings. */
  async function environment(): Promise<(nodeId: string) => Readonly<Record<string, string>>> {
    const ofPod = await podEnvironment(api, { namespace, account: 'data-plane', folder: scratch });
    return (nodeId) => ({
      ...ofPod,
      CONTRACT_ADDRESS: `127.0.0.1:${controller.port}`,
      CONTRACT_SNAPSHOT_FILE: join(scratch, `${nodeId}.snapshot`),
      NODE_ID: nodeId,
      INGRESS_HOST: '127.0.0.1',
      // Subscribers are on this machine.
      ALLOWED_DESTINATION_CIDRS: '127.0.0.0/8',
      ADMIN_HOST: '127.0.0.1',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
    });
  }

  /** Pushes the Broker and its Trigger with the Secret as it is now. */
  async function publish(): Promise<void> {
    const shown = await api.kubectl(['get', 'secret', name, '--namespace', namespace, '--output', 'json']);
    const { uid: uuid, resourceVersion: version } = (JSON.parse(shown) as StoredSecret).metadata;
    const secret = { uuid, namespace, name, version, kind: 'Secret', groupVersion: 'v1' };
    const contract = Contract.fromPartial({
      resources: [
        {
          uid: 'broker',
          topics: [topic],
          bootstrapServers: kafka.listeners['SASL'] ?? '',
          ingress: { path: '/team/orders' },
          egresses: [{ uid: 'trigger', consumerGroup: 'trigger', destination: `${subscriber.url}/orders` }],
          auth: { $case: 'authSecret', value: secret },
        },
      ],
    });
    controller.publish(contractState(contract));
  }

  const refusals = (): readonly string[] =>
    controller
      .processes()
      .flatMap((one) => one.refusedParts.map((part) => `${one.nodeId} ${part.reason}: ${part.message}`));

  const isServed = (): boolean =>
    controller.servingStatus('receiver', 'broker').kind === 'serving' &&
    controller.servingStatus('dispatcher', 'broker', 'trigger').kind === 'serving';

  /** Posts an event and waits until the subscriber has it. */
  async function sendOne(): Promise<void> {
    const id = `event-${++posted}`;
    const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'test' };
    const { status } = await fetch(`${ingressUrl}/team/orders`, { method: 'POST', headers, body: 'hello' });
    assert.equal(status, 202);
    await eventually(`${id} arrives`, () => subscriber.received('/orders').events.some((event) => event.id === id));
  }

  test('a Secret that may not be read is refused by both, with its name and what Kubernetes says', async () => {
    const both = await eventually('both refuse', () => (refusals().length === 2 ? refusals() : undefined));
    for (const refusal of both)
      assert.match(
        refusal,
        /^[rd] CredentialsUnavailable: .*Secret team\/kafka-secret could not be read: Kubernetes answered 403: .*forbidden/,
      );
  });

  test('the right to read that one Secret is enough, and the contract need not change for it', async () => {
    await api.kubectl(['apply', '--filename', '-'], { stdin: rights });
    await eventually('both serve', isServed);
    await sendOne();
  });

  test('a Secret that is changed to garbage is refused with its key, and events go on', async () => {
    await api.kubectl(['delete', 'secret', name, '--namespace', namespace]);
    await api.kubectl(['create', '--filename', '-'], { stdin: secretManifest({ protocol: 'SASL_SSL', user }) });
    await publish();
    const both = await eventually('both refuse', () => (refusals().length === 2 ? refusals() : undefined));
    for (const refusal of both)
      assert.match(refusal, /^[rd] CredentialsInvalid: .*SASL password required \(key: password\)/);
    await sendOne();
  });

  test('security 8 K11 a changed password is taken up without a restart', async () => {
    await kafka.setPassword(user, passwords[1]);
    await sendOne();
    await api.kubectl(['apply', '--filename', '-'], { stdin: credentials(passwords[1]) });
    await publish();
    await eventually('both serve', isServed);
    await sendOne();
    assert.deepEqual(
      apps.map((app) => app.running),
      [true, true],
    );
  });

  test('security 8 K14 the password is in no log, metric, snapshot or answer to the controller', async () => {
    const metrics = await Promise.all(adminUrls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
    const snapshots = await Promise.all(['r', 'd'].map((id) => readFile(join(scratch, `${id}.snapshot`), 'latin1')));
    const told = JSON.stringify(controller.processes(), (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const said = [...apps.map((app) => app.output), ...metrics, ...snapshots, told];
    for (const text of said) assert.notEqual(text, '');
    for (const password of [...passwords, 'first-word', 'second-word']) {
      const encoded = Buffer.from(password).toString('base64').replace(/=*$/, '');
      for (const text of said) assert.ok(!text.includes(password) && !text.includes(encoded));
    }
    const token = (await readFile(join(scratch, 'token'), 'utf8')).trim();
    for (const text of said) assert.ok(!text.includes(token));
  });

  test('an API server that is away stops no event, and keeps no process from ending', async (context) => {
    const away = await api.stopApiServer().catch((error: unknown) => error);
    if (away instanceof Error) return context.skip(away.message);
    await sendOne();
    assert.deepEqual(await Promise.all(apps.map((app) => app.stop())), [0, 0]);
  });
});
