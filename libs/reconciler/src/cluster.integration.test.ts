import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  conditionOf,
  dataPlaneOriginals,
  secretAccessName,
  tokenAccessAnnotation,
  tokenAccessName,
} from '@eventing-kafka/resources';
import type { EventPolicy, ObjectManifest, ResourceKey, ResourceStatus } from '@eventing-kafka/resources';
import { MemoryCluster } from '../testing/memory-cluster.ts';
import { broker, fresh, kafka, sink, startOn, trigger, until } from '../testing/world.ts';

const broken = 'no.such.protocol';

function securedConfigMap(name: string, secret: string | undefined): object {
  const data = {
    'default.topic.partitions': '4',
    'default.topic.replication.factor': '1',
    'bootstrap.servers': kafka.bootstrapServers,
    ...(secret === undefined ? {} : { 'auth.secret.ref.name': secret }),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** Credentials that the embedded Kafka does not ask for, or garbage. */
class Vault {
  readonly contents = new Map<string, string>();
  readonly read: string[] = [];

  readonly securityOf = ({ name }: ResourceKey): Promise<{ readonly protocol: 'PLAINTEXT' }> => {
    this.read.push(name);
    const content = this.contents.get(name) ?? 'good';
    return content === broken
      ? Promise.reject(new Error(`protocol ${broken} unsupported (key: protocol)`))
      : Promise.resolve({ protocol: 'PLAINTEXT' });
  };
}

test('control-plane 24.1 B19, 24.2 BF6: the Secret of a Broker is kept and opened to the data plane before it is used, and let go of at the end', async () => {
  const source = new MemoryCluster();
  const [b, cm, s] = [fresh('b'), fresh('cm'), fresh('secret')];
  const vault = new Vault();
  await using world = await startOn(source, { securityOf: vault.securityOf });
  const receiver = await world.connect('receiver', 'r');
  source.secret(s);
  source.apply(securedConfigMap(cm, s), broker(b, { config: { kind: 'ConfigMap', name: cm } }));
  await world.ready('Broker', b);
  const { uid } = source.get('Broker', 'default', b)?.metadata ?? {};
  assert.deepEqual(source.get('Secret', 'default', s)?.metadata.finalizers, [`kafka.eventing/${uid}`]);
  const role = `Role default/${secretAccessName({ name: s })}`;
  const binding = source.objects.get(`RoleBinding default/${secretAccessName({ name: s })}`);
  assert.ok(source.objects.has(role));
  assert.deepEqual(
    binding?.['subjects'],
    ['kafka-dispatcher', 'kafka-receiver'].map((name) => ({
      kind: 'ServiceAccount',
      namespace: 'knative-eventing',
      name,
    })),
  );
  assert.equal(receiver.updates.at(-1)?.resources.get(uid ?? '')?.auth?.$case, 'authSecret');
  source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(() => source.get('Broker', 'default', b) === undefined);
  assert.deepEqual(source.get('Secret', 'default', s)?.metadata.finalizers, []);
  assert.equal(source.objects.has(role), false);
});

test('control-plane 26 no. 10: a Secret that is used no longer is let go of, by whichever controller; one that another still uses stays open', async () => {
  const source = new MemoryCluster();
  const [b, other, cm, cm2, first, second] = ['b', 'b', 'cm', 'cm', 'secret', 'secret'].map(fresh) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const options = { securityOf: new Vault().securityOf };
  source.secret(first);
  source.secret(second);
  source.apply(securedConfigMap(cm, first), securedConfigMap(cm2, first));
  const finalizersOf = (name: string): number =>
    source.get('Secret', 'default', name)?.metadata.finalizers?.length ?? 0;
  {
    await using world = await startOn(source, options, true);
    await world.connect('receiver', 'r');
    source.apply(
      broker(b, { config: { kind: 'ConfigMap', name: cm } }),
      broker(other, { config: { kind: 'ConfigMap', name: cm2 } }),
    );
    await world.ready('Broker', b);
    await world.ready('Broker', other);
    assert.equal(finalizersOf(first), 2);
  }
  source.apply(securedConfigMap(cm, second));
  await using world = await startOn(source, { ...options, epoch: 2n });
  await world.connect('receiver', 'r');
  await until(() => finalizersOf(first) === 1 && finalizersOf(second) === 1);
  assert.ok(source.objects.has(`Role default/${secretAccessName({ name: first })}`));
  source.apply(securedConfigMap(cm2, second));
  await until(() => finalizersOf(first) === 0 && finalizersOf(second) === 2);
  await until(() => !source.objects.has(`Role default/${secretAccessName({ name: first })}`));
});

test('control-plane 24.8 S3: the Secret of a KafkaSink is opened to the data plane, but not kept', async () => {
  const source = new MemoryCluster();
  const [s, secret] = [fresh('s'), fresh('secret')];
  await using world = await startOn(source, { securityOf: new Vault().securityOf });
  await world.connect('receiver', 'r');
  source.secret(secret);
  const manifest = sink(s, s, true) as { spec: object };
  source.apply({ ...manifest, spec: { ...manifest.spec, auth: { secret: { ref: { name: secret } } } } });
  await world.ready('KafkaSink', s);
  assert.equal(source.get('Secret', 'default', secret)?.metadata.finalizers, undefined);
  assert.ok(source.objects.has(`Role default/${secretAccessName({ name: secret })}`));
  source.remove({ kind: 'KafkaSink', namespace: 'default', name: s });
  await until(() => source.get('KafkaSink', 'default', s) === undefined);
  assert.equal(source.objects.has(`Role default/${secretAccessName({ name: secret })}`), false);
});

test('control-plane 26 no. 15: a changed Secret is read anew and reaches the data plane; garbage is told while what serves goes on; mending wakes', async () => {
  const source = new MemoryCluster();
  const [b, cm, s] = [fresh('b'), fresh('cm'), fresh('secret')];
  const vault = new Vault();
  await using world = await startOn(source, {
    securityOf: vault.securityOf,
    retryMs: { min: 3_600_000, max: 3_600_000 },
  });
  const receiver = await world.connect('receiver', 'r');
  source.secret(s);
  source.apply(securedConfigMap(cm, s), broker(b, { config: { kind: 'ConfigMap', name: cm } }));
  await world.ready('Broker', b);
  const version = (): string | undefined => {
    const auth = receiver.updates.at(-1)?.resources.get(world.uid('Broker', b))?.auth;
    return auth?.$case === 'authSecret' ? auth.value.version : undefined;
  };
  const versionOf = (): string | undefined => source.get('Secret', 'default', s)?.metadata.resourceVersion;
  vault.contents.set(s, broken);
  const before = version();
  source.secret(s);
  await until(() => world.condition('Broker', b, 'TopicReady').includes(broken));
  assert.match(
    world.condition('Broker', b),
    /^False \| Failed to get broker auth secret \| protocol no\.such\.protocol/,
  );
  assert.equal(version(), before, 'what cannot be used is not served');
  vault.contents.set(s, 'good');
  source.secret(s);
  await until(() => version() === versionOf());
  await world.ready('Broker', b);
});

test('rights that are missing in the namespace of a Secret show in the condition, and when they are given the Broker is Ready', async () => {
  const source = new MemoryCluster();
  const [b, cm, s] = [fresh('b'), fresh('cm'), fresh('secret')];
  await using world = await startOn(source, { securityOf: new Vault().securityOf });
  await world.connect('receiver', 'r');
  source.broken.set('apply', 'roles.rbac.authorization.k8s.io is forbidden');
  source.secret(s);
  source.apply(securedConfigMap(cm, s), broker(b, { config: { kind: 'ConfigMap', name: cm } }));
  await until(() => world.condition('Broker', b, 'TopicReady').includes('forbidden'));
  assert.equal(
    world.condition('Broker', b),
    `False | Failed to get broker auth secret | Secret default/${s} cannot be kept and opened to the data plane: roles.rbac.authorization.k8s.io is forbidden`,
  );
  source.broken.clear();
  await world.ready('Broker', b);
});

test('rights that were taken away keep no Broker for ever: it goes, and what is left is told', async () => {
  const source = new MemoryCluster();
  const [b, cm, s] = [fresh('b'), fresh('cm'), fresh('secret')];
  await using world = await startOn(source, { securityOf: new Vault().securityOf, releaseTimeoutMs: 30 });
  await world.connect('receiver', 'r');
  source.secret(s);
  source.apply(securedConfigMap(cm, s), broker(b, { config: { kind: 'ConfigMap', name: cm } }));
  await world.ready('Broker', b);
  source.broken.set('remove', 'roles.rbac.authorization.k8s.io is forbidden');
  source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(() => source.get('Broker', 'default', b) === undefined);
  const why = `Not let go of: Secret default/${s}, as roles.rbac.authorization.k8s.io is forbidden`;
  assert.ok(source.events.includes(`Warning NotReleased Broker default/${b}: ${why}`));
});

test('what is still being looked up is no reason to refuse anything, nor to publish a contract without it', async () => {
  const source = new MemoryCluster();
  const [b, cm, marker] = [fresh('b'), fresh('cm'), fresh('marker')];
  const key = { kind: 'ConfigMap', namespace: 'default', name: cm } as const;
  source.apply(securedConfigMap(cm, undefined), broker(b, { config: { kind: 'ConfigMap', name: cm } }), broker(marker));
  source.unanswered.add(`ConfigMap default/${cm}`);
  await using world = await startOn(source);
  const receiver = await world.connect('receiver', 'r');
  await until(() => world.condition('Broker', marker, 'TopicReady').startsWith('True'));
  assert.equal(world.condition('Broker', b), 'none');
  assert.equal(receiver.updates.length, 0);
  source.answer(key);
  await world.ready('Broker', b);
  assert.equal(receiver.updates[0]?.resources.size, 2);
});

test('a status that somebody else wrote is put right', async () => {
  const source = new MemoryCluster();
  const b = fresh('b');
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  source.apply(broker(b));
  await world.ready('Broker', b);
  const key = { kind: 'Broker', namespace: 'default', name: b } as const;
  await until(() => isReady(source.readStatus(key)));
  const forged = { ...source.readStatus(key)!, conditions: [], annotations: { 'default.topic': 'payments' } };
  await source.writeStatus(key, forged);
  await until(() => isReady(source.readStatus(key)));
  assert.notEqual(source.readStatus(key)?.annotations['default.topic'], 'payments');
});

function isReady(status: ResourceStatus | undefined): boolean {
  return status !== undefined && conditionOf(status.conditions, 'Ready')?.status === 'True';
}

test('control-plane 24.4 T20, 16.5: the ServiceAccount of a Trigger is made, told of, and taken away with the feature', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  const features = (oidc: string): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config-features', namespace: 'knative-eventing' },
    data: { 'authentication-oidc': oidc },
  });
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  source.broken.set('apply', 'serviceaccounts is forbidden');
  source.apply(features('enabled'), broker(b), trigger(t, b));
  await until(() => world.condition('Trigger', t, 'OIDCIdentityCreated').includes('forbidden'));
  source.broken.clear();
  await world.ready('Trigger', t);
  const account = `${t}-oidc-eventing.knative.dev-trigger`;
  assert.deepEqual(world.status('Trigger', t)?.auth, { serviceAccountName: account });
  assert.ok(source.objects.has(`ServiceAccount default/${account}`));
  source.apply(features('disabled'));
  await until(() => !source.objects.has(`ServiceAccount default/${account}`));
  await until(() => world.condition('Trigger', t, 'OIDCIdentityCreated').includes('feature disabled'));
});

test('security 6.3: dispatchers may ask for tokens of the account of a Trigger while a destination asks for them, and nothing goes out without', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  const features = { kind: 'ConfigMap', metadata: { name: 'config-features', namespace: 'knative-eventing' } };
  const subscriber = { uri: 'http://localhost:3000/', audience: 'shop' };
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  const dispatcher = await world.connect('dispatcher', 'd');
  source.apply({ apiVersion: 'v1', ...features, data: { 'authentication-oidc': 'enabled' } }, broker(b), trigger(t, b));
  await world.ready('Trigger', t);
  const account = `${t}-oidc-eventing.knative.dev-trigger`;
  const role = `Role default/${tokenAccessName(account)}`;
  assert.equal(source.objects.has(role), false, 'nobody asks for tokens');

  source.broken.set('apply', 'roles.rbac.authorization.k8s.io is forbidden');
  source.apply(trigger(t, b, { subscriber }));
  await until(() => world.condition('Trigger', t, 'OIDCIdentityCreated').includes('roles.rbac'));
  assert.match(
    world.condition('Trigger', t, 'OIDCIdentityCreated'),
    /^False \| TokensNotGranted \| .*"oidc\.namespaces" of the chart/,
  );
  const audience = (): string | undefined =>
    dispatcher.updates.at(-1)?.resources.get(world.uid('Broker', b))?.egresses[0]?.destinationAudience;
  assert.equal(audience(), '', 'what was served before goes on');
  source.broken.clear();
  await world.ready('Trigger', t);
  assert.equal(audience(), 'shop');
  assert.deepEqual(source.objects.get(role)?.['rules'], [
    { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [account], verbs: ['create'] },
  ]);
  assert.equal(world.status('Trigger', t)?.annotations[tokenAccessAnnotation], account);

  source.apply(trigger(t, b));
  await until(() => !source.objects.has(role));
  await until(() => world.status('Trigger', t)?.annotations[tokenAccessAnnotation] === undefined);
});

test('security 4.1: whom an EventPolicy admits is resolved and told, and follows what it names', async () => {
  const source = new MemoryCluster();
  const [b, p] = [fresh('b'), fresh('p')];
  const features = { kind: 'ConfigMap', metadata: { name: 'config-features', namespace: 'knative-eventing' } };
  const apiVersion = 'eventing.knative.dev/v1alpha1';
  await using world = await startOn(source, { planning: { judgesEventPolicies: true } });
  await world.connect('receiver', 'r');
  const key = { kind: 'EventPolicy', namespace: 'default', name: p } as const;
  const policy = (): EventPolicy | undefined => source.get('EventPolicy', 'default', p);
  const condition = (type: string): string | undefined => conditionOf(policy()?.status.conditions ?? [], type)?.status;
  source.apply(broker(b), { apiVersion, kind: 'EventPolicy', metadata: { name: p }, spec: { from: [{ sub: 'a*' }] } });
  await until(() => condition('AuthenticationEnabled') === 'False');
  assert.equal(policy()?.status.ready, false);

  source.apply({ apiVersion: 'v1', ...features, data: { 'authentication-oidc': 'enabled' } });
  await until(() => policy()?.status.ready === true);
  assert.deepEqual(policy()?.status.from, ['a*']);
  assert.equal(policy()?.status.observedGeneration, policy()?.metadata.generation);
  await world.ready('Broker', b);
  assert.deepEqual(world.status('Broker', b)?.policies, [{ apiVersion, name: p }]);

  const before = source.writes.filter((write) => write.startsWith('applyStatus')).length;
  const ref = { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', name: 'ping' };
  source.broken.set('applyStatus', 'eventpolicies/status is forbidden');
  source.apply({ apiVersion, kind: 'EventPolicy', metadata: { name: p }, spec: { from: [{ ref }] } });
  await until(() => world.condition('Broker', b, 'EventPoliciesReady').includes(`event policies ${p} are not ready`));
  source.broken.clear();
  await until(() => condition('SubjectsResolved') === 'False');
  assert.equal(source.writes.filter((write) => write.startsWith('applyStatus')).length, before + 1);
  source.remove(key);
  await world.ready('Broker', b);
});

test('an account of the name that somebody else made is refused, and never touched', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  const name = `${t}-oidc-eventing.knative.dev-trigger`;
  const data = { 'authentication-oidc': 'enabled' };
  source.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config-features', namespace: 'knative-eventing' }, data },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    broker(b),
    trigger(t, b),
  );
  await using world = await startOn(source);
  await until(() => world.condition('Trigger', t, 'OIDCIdentityCreated').includes(`${name} not owned by Trigger ${t}`));
  assert.equal(
    source.writes.some((write) => write.includes('ServiceAccount')),
    false,
  );
});

test('trust bundles reach the data plane; one that is broken is left out, and nothing else', async () => {
  const source = new MemoryCluster();
  await using world = await startOn(source);
  const receiver = await world.connect('receiver', 'r');
  const pem = (content: string): string => `-----BEGIN CERTIFICATE-----\n${content}\n-----END CERTIFICATE-----\n`;
  const bundles = (data: Readonly<Record<string, string>>): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'bundle',
      namespace: 'knative-eventing',
      labels: { 'networking.knative.dev/trust-bundle': 'true' },
    },
    data,
  });
  source.apply(bundles({ good: pem('QUJD'), half: `${pem('QUJE')}-----BEGIN CERTIFICATE-----` }));
  await until(() => receiver.updates.at(-1)?.trustBundles.length === 1);
  assert.deepEqual(receiver.updates.at(-1)?.trustBundles, [pem('QUJD')]);
  source.remove({ kind: 'ConfigMap', namespace: 'knative-eventing', name: 'bundle' });
  await until(() => receiver.updates.at(-1)?.trustBundles.length === 0);
});

/** What the data planes of namespaces are copied from. */
function templates(image: string): ReadonlyMap<string, ObjectManifest> {
  const namespace = 'knative-eventing';
  const extra =
    '- apiVersion: rbac.authorization.k8s.io/v1\n  kind: ClusterRole\n  metadata: {name: "extra-{{ .Namespace }}"}\n';
  return new Map(
    dataPlaneOriginals.map(({ apiVersion, kind, name }) => [
      `${kind} ${namespace}/${name}`,
      {
        apiVersion,
        kind,
        metadata: { namespace, name },
        ...(kind === 'ConfigMap' ? { data: name.includes('resources') ? { resources: extra } : {} } : {}),
        ...(kind === 'Deployment' ? { spec: { template: { spec: { containers: [{ name, image, env: [] }] } } } } : {}),
      },
    ]),
  );
}

test('control-plane 24.3 NB1, 8: a namespace gets a data plane with its first Broker, it follows its templates, comes back when it is taken away, and goes with the last', async () => {
  const source = new MemoryCluster();
  for (const [text, manifest] of templates('first')) source.objects.set(text, manifest);
  const [a, b] = [fresh('a'), fresh('b')];
  const annotations = { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' };
  await using world = await startOn(source, { planning: { namespacedDataPlanes: true }, templateCheckMs: 5 });
  await world.connect('receiver', 'shared');
  await world.connect('receiver', 'own', () => [], { namespace: 'default' });
  source.apply(broker(a, {}, annotations), broker(b, {}, annotations));
  await world.ready('Broker', a);
  await world.ready('Broker', b);
  const receiver = (): ObjectManifest | undefined => source.objects.get('Deployment default/kafka-broker-receiver');
  await until(() => receiver()?.metadata.ownerReferences?.length === 2);
  assert.ok(source.objects.has('ClusterRole /extra-default'));
  for (const [text, manifest] of templates('second')) source.objects.set(text, manifest);
  await until(() => JSON.stringify(receiver()).includes('second'));
  source.objects.delete('Deployment default/kafka-broker-receiver');
  await until(() => receiver() !== undefined);
  source.remove({ kind: 'Broker', namespace: 'default', name: a });
  await until(() => source.get('Broker', 'default', a) === undefined);
  assert.deepEqual(
    receiver()?.metadata.ownerReferences?.map(({ name }) => name),
    [b],
  );
  assert.ok(source.objects.has('ClusterRole /extra-default'));
  source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(() => source.get('Broker', 'default', b) === undefined);
  assert.equal(source.objects.has('ClusterRole /extra-default'), false);
});

test('control-plane 8.3: a data plane that cannot be made shows in the Broker, and is tried again', async () => {
  const source = new MemoryCluster();
  const b = fresh('b');
  await using world = await startOn(source, { planning: { namespacedDataPlanes: true } });
  await world.connect('receiver', 'own', () => [], { namespace: 'default' });
  source.apply(broker(b, {}, { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' }));
  await until(() =>
    world.condition('Broker', b, 'DataPlaneAvailable').startsWith('False | CreateDataPlane | unable to transform'),
  );
  for (const [text, manifest] of templates('first')) source.objects.set(text, manifest);
  source.broken.set('apply', 'deployments.apps is forbidden');
  await until(() =>
    world.condition('Broker', b).includes('unable to apply dataplane manifest: deployments.apps is forbidden'),
  );
  source.broken.clear();
  await world.ready('Broker', b);
});
