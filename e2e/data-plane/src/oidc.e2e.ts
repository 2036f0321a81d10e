/** Tokens of a real API server: those of senders, checked by the receiver, and those that the dispatcher gets and sends. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Contract, contractState, InitialOffset } from '@eventing-kafka/contract';
import { startContractServer, type ContractServer } from '@eventing-kafka/contract-stream';
import {
  type ApiServer,
  type AppProcess,
  becomesReady,
  eventually,
  freePort,
  startApiServer,
  startApp,
} from '@eventing-kafka/e2e-support';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { type LocalKafka, startLocalKafka } from '@eventing-kafka/local-kafka';
import { silentLogger } from '@eventing-kafka/logging';
import { grantedRights } from './granted-rights.ts';
import { podEnvironment } from './pod-environment.ts';
import { startSecureSubscriber, type SecureSubscriber } from './secure-subscriber.ts';

const namespace = 'team';
const elsewhere = 'elsewhere';
const topic = 'orders';
const audience = 'eventing.knative.dev/broker/team/orders';
const subscriberAudience = 'sink.example/team/orders';
const triggerAccount = 'trigger-oidc';

/** Lets the dispatcher ask for tokens of the Trigger's account, and of no other. */
const rights = grantedRights({
  namespace,
  account: 'data-plane',
  name: 'tokens-of-trigger',
  resource: 'serviceaccounts/token',
  resourceName: triggerAccount,
  verb: 'create',
});

/** What a TokenReview answers, as far as it is looked at. */
interface ReviewedToken {
  readonly status: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly user?: { readonly username?: string };
  };
}

describe('tokens of the API server', { timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let api: ApiServer;
  let kafka: LocalKafka;
  let controller: ContractServer;
  let subscriber: SecureSubscriber;
  let apps: readonly AppProcess[];
  let ingressUrl: string;
  let adminUrls: readonly string[];
  const tokens: string[] = [];

  before(async () => {
    stack = new AsyncDisposableStack();
    api = stack.use(await startApiServer());
    kafka = stack.use(await startLocalKafka());
    await using clients = createKafkaClients();
    await using admin = await clients.topics(kafka);
    await admin.create({ name: topic, partitions: 1, replicationFactor: 1 });
    subscriber = stack.use(await startSecureSubscriber());
    const security = { kind: 'insecure' } as const;
    controller = stack.use(
      await startContractServer({ host: '127.0.0.1', port: 0, epoch: 1n, security, logger: silentLogger }),
    );
    const scratch = await mkdtemp(join(tmpdir(), 'eventing-kafka-oidc-'));
    stack.defer(() => rm(scratch, { recursive: true, force: true }));
    for (const name of [namespace, elsewhere]) {
      await api.kubectl(['create', 'namespace', name]);
      await api.kubectl(['create', 'serviceaccount', 'shop', '--namespace', name]);
    }
    for (const name of ['data-plane', triggerAccount])
      await api.kubectl(['create', 'serviceaccount', name, '--namespace', namespace]);

    const ofPod = await podEnvironment(api, { namespace, account: 'data-plane', folder: scratch });
    tokens.push((await readFile(join(scratch, 'token'), 'utf8')).trim());
    const env = (nodeId: string, adminPort: number): Record<string, string> => ({
      ...ofPod,
      CONTRACT_ADDRESS: `127.0.0.1:${controller.port}`,
      CONTRACT_SNAPSHOT_FILE: join(scratch, `${nodeId}.snapshot`),
      NODE_ID: nodeId,
      INGRESS_HOST: '127.0.0.1',
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: String(adminPort),
      // Subscribers are on this machine.
      ALLOWED_DESTINATION_CIDRS: '127.0.0.0/8',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
    });
    const [ingressPort, receiverAdmin, dispatcherAdmin] = [await freePort(), await freePort(), await freePort()];
    ingressUrl = `http://127.0.0.1:${ingressPort}`;
    adminUrls = [`http://127.0.0.1:${receiverAdmin}`, `http://127.0.0.1:${dispatcherAdmin}`];
    const receiver = stack.use(
      startApp('receiver', { env: { ...env('r', receiverAdmin), INGRESS_PORT: String(ingressPort) } }),
    );
    apps = [receiver, stack.use(startApp('dispatcher', { env: env('d', dispatcherAdmin) }))];
    controller.publish(contractState(contract()));
    await becomesReady(receiver, receiverAdmin);
    await eventually(
      'the Trigger is served',
      () => controller.servingStatus('dispatcher', 'broker', 'trigger').kind === 'serving',
    );
  });
  after(() => stack.disposeAsync());

  /** A Broker that takes events of its own namespace, and a Trigger to a subscriber that asks for tokens. */
  function contract(): Contract {
    return Contract.fromPartial({
      resources: [
        {
          uid: 'broker',
          topics: [topic],
          bootstrapServers: kafka.bootstrapServers,
          reference: { namespace, name: 'orders', kind: 'Broker' },
          ingress: {
            path: '/team/orders',
            audience,
            eventPolicies: [
              {
                tokenMatchers: [
                  {
                    matcher: {
                      $case: 'prefix',
                      value: { attributes: { sub: `system:serviceaccount:${namespace}:` } },
                    },
                  },
                ],
              },
            ],
          },
          egresses: [
            {
              uid: 'trigger',
              consumerGroup: 'trigger',
              destination: subscriber.url,
              destinationCaCerts: subscriber.caPem,
              destinationAudience: subscriberAudience,
              oidcServiceAccountName: triggerAccount,
              initialOffset: InitialOffset.EARLIEST,
              egressConfig: { retry: 100, backoffPolicy: 1, backoffDelay: 20n },
              reference: { namespace, name: 'trigger', kind: 'Trigger' },
            },
          ],
        },
      ],
    });
  }

  async function tokenOf(account: string, inNamespace: string, forAudience: string): Promise<string> {
    const token = await api.kubectl([
      'create',
      'token',
      account,
      '--namespace',
      inNamespace,
      '--audience',
      forAudience,
    ]);
    tokens.push(token.trim());
    return token.trim();
  }

  async function post(id: string, token: string | undefined): Promise<number> {
    const event = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'test' };
    const headers = token === undefined ? event : { ...event, authorization: `Bearer ${token}` };
    return (await fetch(`${ingressUrl}/team/orders`, { method: 'POST', headers, body: 'hello' })).status;
  }

  /** How many tokens the API server was asked for, by whomever. */
  async function tokenRequests(): Promise<number> {
    const text = await api.kubectl(['get', '--raw', '/metrics']);
    const counted = text
      .split('\n')
      .filter((line) => /^apiserver_request_total\{.*code="201".*subresource="token"/.test(line));
    return counted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  test('the receiver takes events with tokens of this issuer, audience and namespace alone', async () => {
    const good = await tokenOf('shop', namespace, audience);
    assert.deepEqual(
      [
        await post('first', good),
        await post('no-token', undefined),
        await post('other-audience', await tokenOf('shop', namespace, 'https://kubernetes.default.svc')),
        await post('other-namespace', await tokenOf('shop', elsewhere, audience)),
        await post('changed', `${good.slice(0, -10)}AAAAAAAAAA`),
      ],
      [202, 401, 401, 403, 401],
    );
  });

  test('a TokenRequest that is refused is tried again, and says which right is lacking', async () => {
    await eventually('the refusal is logged', () =>
      apps.some((app) =>
        /No token of ServiceAccount team\/trigger-oidc .* Kubernetes answered 403: .*forbidden/.test(app.output),
      ),
    );
    assert.equal(subscriber.requests.length, 0);
    await api.kubectl(['apply', '--filename', '-'], { stdin: rights });
    await eventually('the event of before arrives', () => subscriber.requests.length === 1);
    assert.equal(subscriber.requests[0]?.id, 'first');
  });

  test('security 8 O10: three events are three requests with one token, which was asked for once', async () => {
    const good = await tokenOf('shop', namespace, audience);
    const before = await tokenRequests();
    for (const id of ['second', 'third', 'fourth']) assert.equal(await post(id, good), 202);
    await eventually('all arrive', () => subscriber.requests.length === 4);
    assert.deepEqual(
      subscriber.requests.map(({ id }) => id),
      ['first', 'second', 'third', 'fourth'],
    );
    const sent = new Set(subscriber.requests.map((request) => request.authorization));
    const [header = ''] = sent;
    assert.equal(sent.size, 1);
    assert.match(header, /^Bearer \S+$/);
    // The one token of all four requests was asked for before; nothing was since.
    assert.equal(await tokenRequests(), before);
    const token = header.slice('Bearer '.length);
    tokens.push(token);

    const { exp, iat } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      readonly exp: number;
      readonly iat: number;
    };
    assert.equal(exp - iat, 3600);
    const { status } = await review(token, subscriberAudience);
    assert.deepEqual(
      [status.authenticated, status.user?.username, status.audiences],
      [true, `system:serviceaccount:${namespace}:${triggerAccount}`, [subscriberAudience]],
    );
  });

  test('no token is in a log or a metric', async () => {
    const metrics = await Promise.all(adminUrls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
    const told = [...apps.map((app) => app.output), ...metrics];
    for (const text of told) {
      assert.notEqual(text, '');
      // Headers of tokens are alike; what tells one from another is behind them.
      for (const token of tokens) for (const part of token.split('.').slice(1)) assert.ok(!text.includes(part));
    }
  });

  async function review(token: string, forAudience: string): Promise<ReviewedToken> {
    const spec = { token, audiences: [forAudience] };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec };
    const stdin = JSON.stringify(body);
    return JSON.parse(await api.kubectl(['create', '--filename', '-', '--output', 'json'], { stdin })) as ReviewedToken;
  }
});
