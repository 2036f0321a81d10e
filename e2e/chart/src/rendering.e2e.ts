import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ApiServer, startApiServer } from '@eventing-kafka/e2e-support';
import { parse } from 'yaml';
import { chartFolder } from './chart-values.ts';
import { type ChartSettings, type Manifest, namespace, render, setArguments, withKafka } from './render.ts';

const everything: ChartSettings = {
  ...withKafka,
  'kafka.authSecretName': 'kafka-credentials',
  'secrets.namespaces': '{shop,payments}',
  'oidc.namespaces': '{shop,payments}',
  'eventPolicies.reconcile': 'always',
  'namespacedBrokers.enabled': 'true',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'image.pullSecrets': '{registry}',
  'config.features.transport-encryption': 'permissive',
  'config.kafkaFeatures.dispatcher-rate-limiter': 'enabled',
  'config.brokerDataPlane.config-kafka-broker-consumer\\.properties': 'auto.offset.reset=earliest',
  'priorityClass.name': 'events',
  'priorityClass.create': 'true',
  'networkPolicies.monitoringNamespaceLabels.purpose': 'monitoring',
  'receiver.podLabels.team': 'events',
  'receiver.podAnnotations.note': 'yes',
  'receiver.nodeSelector.disk': 'fast',
  'dispatcher.tolerations[0].operator': 'Exists',
  'dispatcher.extraEnv[0].name': 'MAX_IN_FLIGHT',
  'dispatcher.extraEnv[0].value': 'ten',
};

/** Settings that the API server has to take whole. */
const matrix: Readonly<Record<string, ChartSettings>> = {
  'nothing but defaults': {},
  'a Kafka': withKafka,
  everything,
  'one Pod of each': {
    ...withKafka,
    'controller.replicas': '1',
    'receiver.replicas': '1',
    'sinkReceiver.replicas': '1',
    'dispatcher.replicas': '1',
  },
  'no sinks, no policies, no definitions': {
    ...withKafka,
    'sinks.enabled': 'false',
    'networkPolicies.enabled': 'false',
    'crds.install': 'never',
  },
  'certificates of cert-manager, and a PodMonitor': {
    ...withKafka,
    'certManager.enabled': 'true',
    'certManager.issuerRef.name': 'contract',
    'monitoring.podMonitor.enabled': 'true',
  },
};

/** Settings that are refused, and a word of the refusal. */
const refused: readonly (readonly [string, ChartSettings, RegExp])[] = [
  ['a value that does not exist', { 'receiver.replica': '3' }, /replica.*not allowed/],
  ['a value that does not exist at the top', { receivers: '3' }, /receivers.*not allowed/],
  ['a number of Pods that is none', { 'receiver.replicas': 'many' }, /receiver\/replicas/],
  ['a number of Pods below 0', { 'dispatcher.replicas': '-1' }, /dispatcher\/replicas/],
  ['a Kafka without a port', { 'kafka.bootstrapServers': 'kafka' }, /kafka\/bootstrapServers/],
  ['a list of Kafkas with a space', { 'kafka.bootstrapServers': 'a:1\\, b:2' }, /kafka\/bootstrapServers/],
  ['no partitions', { 'kafka.partitions': '0' }, /kafka\/partitions/],
  ['a namespace that cannot be one', { 'secrets.namespaces': '{Shop}' }, /secrets\/namespaces/],
  ['a namespace of tokens that cannot be one', { 'oidc.namespaces': '{Shop}' }, /oidc\/namespaces/],
  ['a word for who judges policies', { 'eventPolicies.reconcile': 'sometimes' }, /eventPolicies\/reconcile/],
  ['a digest that is none', { 'image.digest': 'latest' }, /image\/digest/],
  ['an unknown pull policy', { 'image.pullPolicy': 'Sometimes' }, /image\/pullPolicy/],
  ['an unknown way with definitions', { 'crds.install': 'maybe' }, /crds\/install/],
  ['a duration without a unit', { 'receiver.drainDelay': '5' }, /receiver\/drainDelay/],
  ['too little time to end', { 'receiver.terminationGracePeriodSeconds': '3' }, /terminationGracePeriodSeconds/],
  ['a variable without a name', { 'receiver.extraEnv[0].value': 'x' }, /receiver\/extraEnv/],
  ['cert-manager without an issuer', { 'certManager.enabled': 'true' }, /certManager\.issuerRef\.name must be set/],
  ['a PriorityClass without a name', { 'priorityClass.create': 'true' }, /priorityClass\.name must be set/],
];

/** Kinds that other projects define; a cluster without these cannot judge them. */
const foreign = /^(cert-manager\.io|monitoring\.coreos\.com)\//;

function yaml(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n');
}

describe('the chart as it is rendered', { timeout: 300_000 }, () => {
  let server: ApiServer;

  before(async () => {
    server = await startApiServer();
    await server.kubectl(['create', 'namespace', namespace]);
    for (const name of ['shop', 'payments']) await server.kubectl(['create', 'namespace', name]);
    const definitions = (await render(server)).filter(({ kind }) => kind === 'CustomResourceDefinition');
    await server.kubectl(['apply', '--server-side', '-f', '-'], { stdin: yaml(definitions) });
    await server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [name, settings] of Object.entries(matrix)) {
    test(`helm lint has nothing to say with ${name}`, async () => {
      const output = await server.helm([
        'lint',
        '--strict',
        '--kube-version=1.35.0',
        chartFolder,
        ...setArguments(settings),
      ]);
      assert.match(output, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    });

    test(`the API server takes all of it with ${name}`, async () => {
      const ours = (await render(server, settings)).filter(({ apiVersion }) => !foreign.test(apiVersion));
      const output = await server.kubectl(
        ['apply', '--dry-run=server', '--server-side', '--validate=strict', '--force-conflicts', '-f', '-'],
        { stdin: yaml(ours) },
      );
      assert.equal(output.trim().split('\n').length, ours.length, output);
    });
  }

  for (const [name, settings, why] of refused) {
    test(`${name} is refused`, async () => {
      await assert.rejects(render(server, settings), why);
    });
  }

  test('every object of a namespace names it, and carries the labels of the release', async () => {
    const clusterWide =
      /^(ClusterRole|ClusterRoleBinding|CustomResourceDefinition|PriorityClass|(Mutating|Validating)WebhookConfiguration)$/;
    for (const { kind, metadata } of await render(server, everything)) {
      if (!clusterWide.test(kind)) assert.ok(metadata.namespace, `${kind} ${metadata.name}`);
      if (kind === 'CustomResourceDefinition') continue;
      assert.equal(metadata.labels?.['app.kubernetes.io/name'], 'eventing-kafka', `${kind} ${metadata.name}`);
    }
  });

  test('without sinks there is nothing of sinks', async () => {
    const names = (await render(server, { ...withKafka, 'sinks.enabled': 'false' })).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
    assert.deepEqual(
      names.filter((name) => name.includes('kafka-sink')),
      [],
    );
  });

  test('what Knative Eventing has made of ConfigMaps and definitions stays as it is', async () => {
    const made = ['config-features', 'config-br-defaults'];
    // KafkaSink is ours on every cluster: here it is as an earlier install of this release left it.
    const sinks = ['crd', 'kafkasinks.eventing.knative.dev', '--overwrite'];
    await server.kubectl(['label', ...sinks, 'app.kubernetes.io/managed-by=Helm']);
    const owner = [`meta.helm.sh/release-name=another`, `meta.helm.sh/release-namespace=${namespace}`];
    await server.kubectl(['annotate', ...sinks, ...owner]);
    for (const name of made) await server.kubectl(['-n', namespace, 'create', 'configmap', name]);
    try {
      const output = await server.helm([
        'install',
        'another',
        chartFolder,
        '--dry-run=server',
        `--namespace=${namespace}`,
        ...setArguments(everything),
      ]);
      for (const name of made) assert.doesNotMatch(output, new RegExp(`name: ${name}\n`));
      assert.match(output, /name: config-kafka-features\n/);
      assert.match(output, /name: kafka-broker-config\n/);
      assert.doesNotMatch(output, /name: (brokers|triggers|eventpolicies)\.eventing\.knative\.dev\n/);
      assert.match(output, /name: kafkasinks\.eventing\.knative\.dev\n/);
    } finally {
      await server.kubectl(['-n', namespace, 'delete', 'configmap', ...made]);
    }
  });

  test('the chart packs into one file, which renders the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-chart-'));
    try {
      await server.helm(['package', chartFolder, `--destination=${folder}`]);
      const { version } = parse(await readFile(join(chartFolder, 'Chart.yaml'), 'utf8')) as {
        readonly version: string;
      };
      const packed = await server.helm([
        'template',
        'x',
        join(folder, `eventing-kafka-${version}.tgz`),
        '--kube-version=1.35.0',
      ]);
      assert.equal(packed, await server.helm(['template', 'x', chartFolder, '--kube-version=1.35.0']));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('values of a file count as those of --set', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eventing-kafka-values-'));
    try {
      const file = join(folder, 'values.yaml');
      await writeFile(file, 'receiver:\n  replicas: 7\n');
      const text = await server.helm(['template', 'x', chartFolder, '--kube-version=1.35.0', `--values=${file}`]);
      assert.match(text, /replicas: 7\n/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
