import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { caBundlePatches, startAdmissionServer, webhookConfigurationNames } from '@eventing-kafka/admission';
import type { AdmissionContext, AdmissionServer, WebhookConfiguration } from '@eventing-kafka/admission';
import { createAuthority, issueCertificate } from '@eventing-kafka/certificates';
import type { KeyPair, TlsMaterial, TlsMaterialSource } from '@eventing-kafka/certificates';
import { type ApiServer, eventually, isClusterError, startApiServer } from '@eventing-kafka/e2e-support';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { kafkaClass, object, sink, trigger } from './admission-objects.ts';
import type { KubernetesObject } from './admission-objects.ts';
import { refusals } from './admission-refusals.ts';

const chart = fileURLToPath(new URL('../../../tools/helm/eventing-kafka', import.meta.url));
const systemNamespace = 'knative-eventing';
const hourMs = 3_600_000;

const started = new AsyncDisposableStack();
let api: ApiServer;
let server: AdmissionServer;
let authority: KeyPair;
const configMaps = new Map<string, Readonly<Record<string, string>>>();
const controllerUser = `system:serviceaccount:${systemNamespace}:kafka-controller`;
/** What rights it has is not looked at here. */
const asController = [`--as=${controllerUser}`, '--as-group=system:masters'] as const;
const context: AdmissionContext = {
  systemNamespace,
  configMap: (name) => configMaps.get(name),
  controllerUser,
  allowLoopback: false,
};

/** Material that is replaced while the server runs, as the keeper of certificates does. */
const tls = {
  current: { ca: '', cert: '', key: '' } as TlsMaterial,
  changed: (): void => undefined,
  watch(changed: () => void) {
    tls.changed = changed;
    return () => undefined;
  },
} satisfies TlsMaterialSource & { changed: () => void };

before(async () => {
  api = started.use(await startApiServer());
  await api.kubectl(['create', 'namespace', systemNamespace]);
  await api.kubectl(['apply', '--server-side', '-f', `${chart}/files/crds`]);
  const names = ['brokers', 'triggers', 'kafkasinks', 'eventpolicies'].map(
    (name) => `crd/${name}.eventing.knative.dev`,
  );
  await api.kubectl(['wait', '--for=condition=Established', ...names]);
  // Let in while nobody was asked.
  await apply(sink('from-before', { topic: 'not a topic' }));

  authority = await newAuthority();
  tls.current = await materialOf(authority);
  server = started.use(
    await startAdmissionServer({
      host: '127.0.0.1',
      port: 0,
      tls,
      context,
      logger: silentLogger,
      meter: createNoopMeter(),
    }),
  );
  await installWebhooks();
  await trust(authority.certificate);
  await becomesUsable('first');
});

after(() => started.disposeAsync());

test('kubectl shows why something is not ready, under short names', async () => {
  await apply(sink('columns'));
  const status = {
    address: { name: 'http', url: 'http://kafka-sink-ingress/default/columns' },
    conditions: [{ type: 'Ready', status: 'False', reason: 'TopicNotPresent', message: 'topic orders does not exist' }],
  };
  const patch = JSON.stringify({ status });
  await api.kubectl(['patch', 'ksink', 'columns', '--subresource=status', '--type=merge', '-p', patch]);
  const [header = '', row = ''] = (await api.kubectl(['get', 'ksink', 'columns'])).split('\n');
  assert.match(header, /^NAME +URL +AGE +READY +REASON$/);
  assert.match(row, /^columns +http:\/\/kafka-sink-ingress\/default\/columns +\w+ +False +TopicNotPresent$/);
  assert.match(await api.kubectl(['get', 'ksink', 'columns', '-o', 'wide']), /topic orders does not exist/);
  for (const shortName of ['brk', 'trg', 'evpol']) await api.kubectl(['get', shortName]);
  assert.match(await api.kubectl(['get', 'eventing']), /kafkasink\.eventing\.knative\.dev\/columns/);
});

test('a status applied by the controller takes the place of what another controller wrote', async () => {
  await apply(sink('taken-over'));
  const before = { status: { conditions: [{ type: 'ProbeSucceeded', status: 'True' }] } };
  await api.kubectl([
    'patch',
    'ksink',
    'taken-over',
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify(before),
  ]);
  const applied = {
    ...sink('taken-over'),
    spec: undefined,
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      annotations: { 'eventing.knative.dev/topic.owner': 'external' },
    },
  };
  await api.kubectl(
    [
      'apply',
      '--server-side',
      '--subresource=status',
      '--force-conflicts',
      '--field-manager=eventing-kafka-controller',
      '-f',
      '-',
      ...asController,
    ],
    { stdin: JSON.stringify(applied) },
  );
  const { status } = await read<{ status: { conditions: { type: string }[]; annotations: object } }>(
    'ksink',
    'taken-over',
  );
  assert.deepEqual(
    status.conditions.map(({ type }) => type),
    ['Ready'],
  );
  assert.deepEqual(status.annotations, { 'eventing.knative.dev/topic.owner': 'external' });
});

test('every field of a status that Knative’s controllers write is kept', async () => {
  const conditions = [
    {
      type: 'Ready',
      status: 'Unknown',
      severity: 'Info',
      reason: 'R',
      message: 'M',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ];
  const common = { observedGeneration: 1, annotations: { 'group.id': 'g' }, conditions };
  const deadLetterSink = { deadLetterSinkUri: 'http://d', deadLetterSinkCACerts: 'PEM', deadLetterSinkAudience: 'a' };
  const address = { name: 'https', url: 'https://a', CACerts: 'PEM', audience: 'a' };
  const addressable = {
    address,
    addresses: [address],
    policies: [{ apiVersion: 'eventing.knative.dev/v1alpha1', name: 'p' }],
  };
  const subscriber = { subscriberUri: 'http://s', subscriberCACerts: 'PEM', subscriberAudience: 'a' };
  const auth = { serviceAccountName: 'sa', serviceAccountNames: ['sa'] };
  for (const [created, status] of [
    [object('Broker', 'written', {}, kafkaClass), { ...common, ...addressable, ...deadLetterSink }],
    [trigger('written'), { ...common, ...subscriber, ...deadLetterSink, auth }],
    [sink('written'), { ...common, ...addressable }],
  ] as const) {
    await apply(created);
    const patch = JSON.stringify({ status });
    const words = ['patch', created.kind, 'written', '--subresource=status', '--type=merge', '-p', patch];
    await api.kubectl([...words, ...asController]);
    assert.deepEqual((await read<{ status: object }>(created.kind, 'written')).status, status);
  }
});

test('what the controller remembers in a status is written by nobody else; conditions are', async () => {
  for (const created of [object('Broker', 'remembers', {}, kafkaClass), trigger('remembers'), sink('remembers')]) {
    await apply(created);
    const patched = (status: object, ...as: readonly string[]): Promise<string> => {
      const patch = JSON.stringify({ status });
      return api.kubectl([
        ...['patch', created.kind, 'remembers', '--subresource=status', '--type=merge', '-p', patch],
        ...as,
      ]);
    };
    await patched({ annotations: { 'group.id': 'mine' } }, ...asController);
    await patched({ conditions: [{ type: 'Ready', status: 'Unknown' }] });
    await assert.rejects(
      patched({ annotations: { 'group.id': 'stolen' } }),
      /must not set the field.*status\.annotations/s,
    );
    await assert.rejects(patched({ annotations: null }), /must not set the field.*status\.annotations/s);
    const { status } = await read<{ status: { annotations: object } }>(created.kind, 'remembers');
    assert.deepEqual(status.annotations, { 'group.id': 'mine' });
  }
});

test('what is left out is filled in', async () => {
  configMaps.set('config-br-defaults', {
    'default-br-config':
      'clusterDefault: {brokerClass: Kafka, apiVersion: v1, kind: ConfigMap, name: kafka-broker-config, namespace: knative-eventing}',
  });
  await apply(object('Broker', 'filled', undefined));
  const broker = await read<{ metadata: { annotations: object }; spec: { config: object } }>('broker', 'filled');
  assert.equal(Reflect.get(broker.metadata.annotations, 'eventing.knative.dev/broker.class'), 'Kafka');
  assert.deepEqual(broker.spec.config, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'kafka-broker-config',
    namespace: systemNamespace,
  });

  await apply(trigger('filled', { subscriber: { ref: { apiVersion: 'v1', kind: 'Service', name: 's' } } }));
  const filled = await read<{
    metadata: { labels: object };
    spec: { filter: object; subscriber: { ref: { namespace: string } } };
  }>('trigger', 'filled');
  assert.deepEqual(filled.metadata.labels, { 'eventing.knative.dev/broker': 'default' });
  assert.deepEqual(filled.spec.filter, {});
  assert.equal(filled.spec.subscriber.ref.namespace, 'default');

  await apply(sink('filled', { contentMode: '' }));
  const { spec, metadata } = await read<{ spec: { contentMode: string }; metadata: { annotations: object } }>(
    'kafkasink',
    'filled',
  );
  assert.equal(spec.contentMode, 'binary');
  assert.equal(typeof Reflect.get(metadata.annotations, 'eventing.knative.dev/creator'), 'string');
});

for (const [name, refused, message] of refusals) {
  test(`${name} is refused with a reason`, async () => {
    // As any client but kubectl would send it, which checks fields by itself.
    await assert.rejects(
      api.kubectl(['create', '--validate=ignore', '-f', '-'], { stdin: JSON.stringify(refused) }),
      (error) => isClusterError(error) && message.test(error.message) && error.message.length < 4_000,
      String(message),
    );
  });
}

test('what may not change does not', async () => {
  await apply(sink('fixed', { numPartitions: 3, replicationFactor: 1 }));
  await apply(trigger('fixed'));
  await apply(object('Broker', 'fixed', { config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' } }, kafkaClass));
  await patchRefused('ksink', { spec: { topic: 'other' } }, /Immutable field updated: spec\.topic/);
  await patchRefused(
    'ksink',
    { spec: { numPartitions: null, replicationFactor: null } },
    /Immutable field updated: spec\.numPartitions/,
  );
  await patchRefused('trigger', { spec: { broker: 'other' } }, /Immutable field updated: spec\.broker/);
  await patchRefused('broker', { spec: { config: { name: 'other' } } }, /Immutable field updated: spec\.config/);
  await patchRefused(
    'broker',
    { metadata: { annotations: { 'eventing.knative.dev/broker.class': 'Other' } } },
    /Immutable field updated: metadata\.annotations/,
  );
  await api.kubectl(['patch', 'broker', 'fixed', '--type=merge', '-p', '{"spec":{"delivery":{"retry":3}}}']);
});

test('what has no effect is a warning', async () => {
  const args = ['create', '--warnings-as-errors', '--dry-run=server', '-f', '-'];
  await assert.rejects(
    api.kubectl(args, { stdin: JSON.stringify(trigger('warned', { filters: [{}] })) }),
    /passes every event/,
  );
});

test('what was let in before gets finalizers, and goes', async () => {
  const patch = (finalizers: readonly string[]): Promise<string> =>
    api.kubectl(['patch', 'ksink', 'from-before', '--type=merge', '-p', JSON.stringify({ metadata: { finalizers } })]);
  await patch(['kafkasinks.eventing.knative.dev/test']);
  await api.kubectl(['delete', 'ksink', 'from-before', '--wait=false']);
  await patch([]);
  await api.kubectl(['wait', '--for=delete', 'ksink/from-before', '--timeout=10s']);
});

test('security X10: a flag with a value that nobody knows is refused, other ConfigMaps are not looked at', async () => {
  const features = (name: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: systemNamespace },
    data: { 'authentication-oidc': 'enabeld' },
  });
  await assert.rejects(apply(features('config-features')), /invalid value: enabeld: data\[authentication-oidc\]/);
  await apply(features('somebodys-config'));
});

test('a certificate that expired is named, and a new one of a new authority is trusted', async () => {
  const good = tls.current;
  replace(await materialOf(authority, new Date(Date.now() - 2 * hourMs)));
  await assert.rejects(
    apply(sink('expired')),
    /failed calling webhook "\w+\.webhook\.kafka\.eventing\.knative\.dev".*certificate has expired/s,
  );
  replace(good);
  await becomesUsable('again');
  // While the authority is changed, the old and the new one are trusted.
  const next = await newAuthority();
  await trust(`${authority.certificate}\n${next.certificate}`);
  replace(await materialOf(next));
  await becomesUsable('new');
});

function apply(applied: KubernetesObject): Promise<string> {
  return api.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(applied) });
}

async function read<T>(kind: string, name: string): Promise<T> {
  return JSON.parse(await api.kubectl(['get', kind, name, '-o', 'json'])) as T;
}

async function patchRefused(kind: string, patch: object, message: RegExp): Promise<void> {
  await assert.rejects(api.kubectl(['patch', kind, 'fixed', '--type=merge', '-p', JSON.stringify(patch)]), message);
}

function newAuthority(): Promise<KeyPair> {
  return createAuthority({
    commonName: `webhooks ${randomBytes(4).toString('hex')}`,
    validForMs: 24 * hourMs,
    now: new Date(),
  });
}

async function materialOf(signedBy: KeyPair, now = new Date()): Promise<TlsMaterial> {
  const { certificate, privateKey } = await issueCertificate(signedBy, {
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    validForMs: hourMs,
    now,
  });
  return { ca: signedBy.certificate, cert: certificate, key: privateKey };
}

function replace(material: TlsMaterial): void {
  tls.current = material;
  tls.changed();
}

/** The webhook configurations of the chart, with the server of this process in place of the Service. */
async function installWebhooks(): Promise<void> {
  const rendered = await api.helm([
    'template',
    'eventing-kafka',
    chart,
    '-n',
    systemNamespace,
    '--kube-version=1.35.0',
    '-s',
    'templates/webhooks.yaml',
  ]);
  for (const document of rendered.split(/^---$/m).filter((text) => text.trim() !== '')) {
    const json = await api.kubectl(['create', '--dry-run=client', '-o', 'json', '-f', '-'], { stdin: document });
    const configuration = JSON.parse(json) as { webhooks: { clientConfig: { service: { path: string } } }[] };
    const webhooks = configuration.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { url: `https://127.0.0.1:${server.port}${webhook.clientConfig.service.path}` },
    }));
    await apply({ ...configuration, webhooks } as unknown as KubernetesObject);
  }
}

/** As the controller does: reads the configurations, and writes the CA where it is not. */
async function trust(caPem: string): Promise<void> {
  const { mutating, validating } = webhookConfigurationNames;
  const configurations = await Promise.all([
    ...mutating.map((name) => read<WebhookConfiguration>('mutatingwebhookconfiguration', name)),
    ...validating.map((name) => read<WebhookConfiguration>('validatingwebhookconfiguration', name)),
  ]);
  for (const { kind, name, patch } of caBundlePatches(configurations, caPem))
    await api.kubectl(['patch', kind, name, '--type=json', '-p', JSON.stringify(patch)]);
}

/** The API server learns of a changed configuration by its own watch, a moment after it was written. */
async function becomesUsable(name: string): Promise<void> {
  const args = ['create', '--dry-run=server', '-o', 'json', '-f', '-'];
  await eventually('the API server asks the webhooks', async () => {
    const created = await api.kubectl(args, { stdin: JSON.stringify(sink(`usable-${name}`)) });
    const { metadata } = JSON.parse(created) as { metadata: { annotations?: object } };
    // They fill it in.
    return metadata.annotations !== undefined;
  });
}
