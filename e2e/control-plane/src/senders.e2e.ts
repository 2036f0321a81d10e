import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { eventually, forwardToAnnotation, suiteKafka } from '@eventing-kafka/e2e-support';
import { type ObjectIdentity, readObject } from '@eventing-kafka/kubernetes';
import { postOverTls, servingCertificate } from './acceptance/security-fixtures.ts';
import {
  conditionOf,
  type Installation,
  isReady,
  type Manifest,
  startInstallation,
  systemNamespace,
} from './installation.ts';
import { broker, identity, trigger } from './manifests.ts';

function policy(name: string, from: readonly object[]): Manifest {
  return {
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'EventPolicy',
    metadata: { namespace: 'default', name },
    spec: { to: [{ ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'shop' } }], from },
  };
}

function account(name: string, namespace = 'default'): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
}

const missing = { ref: { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', name: 'nobody' } };

describe('who may send and how, without controllers of Knative Eventing', { timeout: 420_000 }, () => {
  const stack = new AsyncDisposableStack();
  let installation: Installation;
  const shop = broker('shop');
  let sent = 0;

  before(async () => {
    const kafka = stack.use(await suiteKafka());
    const elsewhere = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } };
    installation = stack.use(
      await startInstallation({
        ...kafka,
        before: [elsewhere],
        values: {
          'oidc.namespaces[0]': 'default',
          // The subscriber of this suite speaks no TLS.
          'dispatcher.extraEnv[1].name': 'OIDC_SEND_OVER_HTTP',
          'dispatcher.extraEnv[1].value': 'true',
        },
      }),
    );
    await installation.apply(shop, account('sender'), account('other'), account('stranger', 'elsewhere'));
    await installation.ready(identity(shop));
  });
  after(() => stack.disposeAsync());

  async function features(data: Readonly<Record<string, string>>): Promise<void> {
    const metadata = { namespace: systemNamespace, name: 'config-features' };
    await installation.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  /** A token of an account for the Broker. */
  async function tokenOf(name: string, namespace = 'default'): Promise<string> {
    const audience = '--audience=eventing.knative.dev/broker/default/shop';
    return (await installation.cluster.kubectl(['create', 'token', name, '-n', namespace, audience])).trim();
  }

  /** What the Broker answers to an event that comes with a token, or with none. */
  async function answer(token?: string): Promise<number> {
    return installation.post(
      '/default/shop',
      { id: `event-${(sent += 1)}` },
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    );
  }

  async function answers(status: number, token?: string): Promise<void> {
    let last = 0;
    const isIt = async (): Promise<boolean> => (last = await answer(token)) === status;
    await eventually(`it is answered ${status}`, isIt).catch((cause: unknown) => {
      throw new Error(`it is answered ${last}, not ${status}`, { cause });
    });
  }

  async function refusal(object: Manifest): Promise<string> {
    return installation.apply(object).then(
      () => 'taken',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  }

  test('security 8 T1: without a TLS Secret only HTTP listens, and addresses have no CA', async () => {
    const { status } = await installation.becomes(identity(shop), 'is Ready', isReady);
    assert.deepEqual(status?.addresses, [
      { name: 'http', url: `http://kafka-broker-ingress.${systemNamespace}.svc.cluster.local/default/shop` },
    ]);
    assert.equal(await answer(), 202);
    assert.equal(await accepts(await podAddress('kafka-broker-receiver'), 8080), true);
    assert.equal(await accepts(await podAddress('kafka-broker-receiver'), 8443), false);
  });

  test('security 8 T2: strict and no TLS Secret: not Ready, and no address (differs: a Broker, as there are no channels)', async () => {
    await features({ 'transport-encryption': 'strict' });
    const late = broker('late');
    await installation.apply(late);
    const refused = await installation.becomes(
      identity(late),
      'is refused',
      (now) => conditionOf(now, 'Addressable')?.status === 'False',
    );
    assert.equal(refused.status?.address, undefined);
    assert.equal(conditionOf(refused, 'Ready')?.status, 'False');
    await installation.remove(identity(late));
  });

  test('security 2.1: the flag is followed without a restart: in strict HTTP answers 404, in disabled HTTPS does', async () => {
    const restarts = await restartsOf('kafka-broker-receiver');
    const secret = await servingCertificate(installation, 'kafka-broker-ingress-server-tls');
    const authority = Buffer.from((secret['data'] as Record<string, string>)['ca.crt'] ?? '', 'base64').toString();
    await installation.apply(secret);
    await installation.becomes(identity(shop), 'has an https address alone', ({ status }) =>
      isDeepStrictEqual(
        status?.addresses?.map(({ name }) => name),
        ['https'],
      ),
    );
    const https = `https://${await installation.cluster.serviceAddress(systemNamespace, 'kafka-broker-ingress')}/default/shop`;
    await eventually('HTTPS takes events', async () => (await postOverTls(https, authority)) === 202);
    await answers(404);
    await features({ 'transport-encryption': 'permissive' });
    await answers(202);
    assert.equal(await postOverTls(https, authority), 202);
    await features({});
    await eventually('HTTPS takes none', async () => (await postOverTls(https, authority)) === 404);
    assert.equal(await answer(), 202);
    await installation.remove(identity(secret));
    assert.deepEqual(await restartsOf('kafka-broker-receiver'), restarts);
  });

  test('security 8 P5: while OIDC is off no EventPolicy is taken', async () => {
    assert.match(await refusal(policy('early', [{ sub: '*' }])), /oidc-authentication feature not enabled/);
  });

  test('security 8 O6: with OIDC on, a token of the namespace is taken, none is 401, and one of elsewhere is 403', async () => {
    await features({ 'authentication-oidc': 'enabled' });
    await answers(401);
    const ready = await installation.becomes(
      identity(shop),
      'is Ready with an audience',
      (now) => isReady(now) && JSON.stringify(now.status?.address).includes('"audience"'),
    );
    assert.equal(conditionOf(ready, 'EventPoliciesReady')?.reason, 'DefaultAuthorizationMode');
    await answers(202, await tokenOf('sender'));
    assert.equal(await answer(await tokenOf('stranger', 'elsewhere')), 403);
  });

  test('security 8 P6: a sender that is an object and a subject is refused', async () => {
    assert.match(await refusal(policy('both', [{ ...missing, sub: 'x' }])), /expected exactly one, got both/);
  });

  test('security 8 P1: the subject that a policy names is admitted, and nobody else', async () => {
    const one = policy('one', [{ sub: 'system:serviceaccount:default:sender' }]);
    await installation.apply(one);
    await installation.becomes(identity(one), 'is Ready', isReady);
    const { status } = await installation.becomes(
      identity(shop),
      'names the policy',
      (now) => isReady(now) && now.status?.['policies'] !== undefined,
    );
    assert.deepEqual(status?.['policies'], [{ apiVersion: one.apiVersion, name: 'one' }]);
    await answers(403, await tokenOf('other'));
    await answers(202, await tokenOf('sender'));
    await installation.remove(identity(one));
    await answers(202, await tokenOf('other'));
  });

  test('security 8 P7: a policy from an object that is not there is not Ready, and the Broker names it', async () => {
    const lost = policy('lost', [missing]);
    await installation.apply(lost);
    const unresolved = await installation.becomes(
      identity(lost),
      'says what is missing',
      (now) => conditionOf(now, 'SubjectsResolved')?.status === 'False',
    );
    assert.match(conditionOf(unresolved, 'SubjectsResolved')?.message ?? '', /PingSource default\/nobody not found/);
    const refused = await installation.becomes(
      identity(shop),
      'names the policy',
      (now) => conditionOf(now, 'EventPoliciesReady')?.status === 'False',
    );
    assert.match(conditionOf(refused, 'EventPoliciesReady')?.message ?? '', /\blost\b/);
  });

  test('security 8 P8: while only a policy applies that is not Ready nobody is admitted, whatever the default mode', async () => {
    await features({ 'authentication-oidc': 'enabled', 'default-authorization-mode': 'allow-all' });
    await answers(403, await tokenOf('sender'));
    await installation.remove(identity(policy('lost', [])));
    await answers(202, await tokenOf('stranger', 'elsewhere'));
  });

  test('security 8 V7: a dispatcher lists no Secrets, and gets tokens of the accounts of its Triggers and of no others', async () => {
    await features({ 'authentication-oidc': 'enabled' });
    const asked: (string | undefined)[] = [];
    await using server = await startServer((request) => asked.push(request.headers.authorization));
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name: 'asking', annotations: { [forwardToAnnotation]: server.host } },
      spec: { ports: [{ port: 80 }] },
    };
    const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'asking' };
    const asking = trigger('asking', 'shop', { subscriber: { ref, audience: 'shop.example.com' } });
    const open = trigger('open', 'shop');
    await installation.apply(service, asking, open);
    await installation.ready(identity(asking), identity(open));
    await answers(202, await tokenOf('sender'));
    const token = await eventually('an event comes with a token', () => asked.find((value) => value !== undefined));
    const { aud, sub } = claimsOf(token);
    assert.deepEqual([aud, sub], [['shop.example.com'], `system:serviceaccount:default:${accountOf('asking')}`]);
    assert.equal(asked.includes(undefined), false, 'none came without');

    assert.match(await asDispatcher('get', 'secrets'), /forbidden/);
    assert.match(await asDispatcher('create', 'token', accountOf('asking')), /^ey/);
    assert.match(await asDispatcher('create', 'token', accountOf('open')), /forbidden/, 'nobody asks for its tokens');
    assert.match(await asDispatcher('create', 'token', 'sender'), /forbidden/);

    // As it was, but for its audience.
    await installation.apply(trigger('asking', 'shop', { subscriber: { ref } }));
    await eventually('the right goes when nobody asks any more', async () =>
      /forbidden/.test(await asDispatcher('create', 'token', accountOf('asking'))),
    );
  });

  /** What `kubectl` says to a dispatcher about the namespace of the Triggers. */
  function asDispatcher(...words: readonly string[]): Promise<string> {
    const as = `--as=system:serviceaccount:${systemNamespace}:kafka-dispatcher`;
    return installation.cluster.kubectl([...words, as, '--namespace=default']).catch(String);
  }

  function accountOf(triggerName: string): string {
    return `${triggerName}-oidc-eventing.knative.dev-trigger`;
  }

  async function podOf(app: string): Promise<ObjectIdentity> {
    const [name = ''] = await installation.pods(app);
    return { apiVersion: 'v1', kind: 'Pod', namespace: systemNamespace, name };
  }

  async function podAddress(app: string): Promise<string> {
    const pod = await readObject(installation.client, await podOf(app));
    return (pod?.['status'] as { readonly podIP: string }).podIP;
  }

  async function restartsOf(app: string): Promise<unknown> {
    const pod = await readObject(installation.client, await podOf(app));
    const { containerStatuses } = pod?.['status'] as {
      readonly containerStatuses: readonly { readonly restartCount: number }[];
    };
    return [pod?.metadata.name, containerStatuses.map(({ restartCount }) => restartCount)];
  }
});

/** What a token says, unverified. */
function claimsOf(authorization: string): { readonly aud?: unknown; readonly sub?: unknown } {
  const [, claims = ''] = authorization.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly aud?: unknown; readonly sub?: unknown };
}

/** A subscriber that takes everything. */
async function startServer(
  seen: (request: IncomingMessage) => void,
): Promise<AsyncDisposable & { readonly host: string }> {
  const server = createServer((request, response) => {
    seen(request);
    request.resume();
    response.writeHead(202).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether somebody listens there. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
