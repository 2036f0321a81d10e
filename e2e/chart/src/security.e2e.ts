import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiServer, eventually, startApiServer } from '@eventing-kafka/e2e-support';
import { chartFolder } from './chart-values.ts';
import { type Manifest, namespace, release, render, setArguments, withKafka } from './render.ts';
import { type Workload, workloadsOf } from './workloads.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const apps = ['kafka-broker-dispatcher', 'kafka-broker-receiver', 'kafka-controller', 'kafka-sink-receiver'];

/** May an account do this? `verb resource[/name] [namespace]`, all namespaces if none is named. */
const rights: readonly (readonly [account: string, question: string, answer: 'yes' | 'no'])[] = [
  // The data plane.
  ...['kafka-receiver', 'kafka-dispatcher'].flatMap((account): readonly (readonly [string, string, 'yes' | 'no'])[] => [
    [account, 'list secrets', 'no'],
    [account, `list secrets ${namespace}`, 'no'],
    [account, `get secrets ${namespace}`, 'no'],
    [account, `get secrets/eventing-kafka-contract-ca ${namespace}`, 'no'],
    [account, `create serviceaccounts/kafka-controller --subresource=token ${namespace}`, 'no'],
    [account, 'create serviceaccounts/default --subresource=token default', 'no'],
    [account, 'list configmaps', 'no'],
    [account, 'list pods', 'no'],
    [account, 'get brokers.eventing.knative.dev', 'no'],
    [account, `create roles.rbac.authorization.k8s.io ${namespace}`, 'no'],
  ]),
  // The controller: Secrets where it is told, and nowhere else.
  ['kafka-controller', 'list secrets', 'no'],
  ['kafka-controller', 'get secrets kube-system', 'no'],
  ['kafka-controller', 'get secrets default', 'no'],
  ['kafka-controller', 'create secrets shop', 'no'],
  ['kafka-controller', 'get secrets shop', 'yes'],
  ['kafka-controller', `watch secrets ${namespace}`, 'yes'],
  ['kafka-controller', `create secrets ${namespace}`, 'yes'],
  ['kafka-controller', `patch secrets/eventing-kafka-contract-ca ${namespace}`, 'yes'],
  ['kafka-controller', `delete secrets/eventing-kafka-contract-ca ${namespace}`, 'no'],
  ['kafka-controller', `delete secrets/kafka-credentials ${namespace}`, 'no'],
  // It grants single Secrets, and no more than it has itself.
  ['kafka-controller', 'create roles.rbac.authorization.k8s.io shop', 'yes'],
  ['kafka-controller', 'create roles.rbac.authorization.k8s.io default', 'no'],
  ['kafka-controller', 'escalate roles.rbac.authorization.k8s.io shop', 'no'],
  ['kafka-controller', 'bind clusterroles.rbac.authorization.k8s.io', 'no'],
  ['kafka-controller', 'create clusterrolebindings.rbac.authorization.k8s.io', 'no'],
  ['kafka-controller', 'impersonate users', 'no'],
  // Tokens of others.
  ['kafka-controller', 'create serviceaccounts/default --subresource=token default', 'no'],
  ['kafka-controller', `create serviceaccounts/default --subresource=token ${namespace}`, 'no'],
  ['kafka-controller', 'create serviceaccounts/default --subresource=token shop', 'no'],
  // It lets dispatchers ask for single ones where it is told, and reads no Secrets there.
  ['kafka-controller', 'create serviceaccounts/orders --subresource=token tokens', 'yes'],
  ['kafka-controller', 'create rolebindings.rbac.authorization.k8s.io tokens', 'yes'],
  ['kafka-controller', 'escalate roles.rbac.authorization.k8s.io tokens', 'no'],
  ['kafka-controller', 'get secrets tokens', 'no'],
  // What it is for.
  ['kafka-controller', 'watch brokers.eventing.knative.dev', 'yes'],
  ['kafka-controller', 'patch triggers.eventing.knative.dev --subresource=status', 'yes'],
  ['kafka-controller', 'delete brokers.eventing.knative.dev', 'no'],
  ['kafka-controller', 'patch eventpolicies.eventing.knative.dev --subresource=status', 'yes'],
  ['kafka-controller', 'patch eventpolicies.eventing.knative.dev', 'no'],
  ['kafka-controller', 'create tokenreviews.authentication.k8s.io', 'yes'],
  ['kafka-controller', `update leases.coordination.k8s.io/eventing-kafka-controller ${namespace}`, 'yes'],
  ['kafka-controller', `update leases.coordination.k8s.io/another ${namespace}`, 'no'],
  [
    'kafka-controller',
    'patch validatingwebhookconfigurations.admissionregistration.k8s.io/validation.webhook.kafka.eventing.knative.dev',
    'yes',
  ],
  ['kafka-controller', 'patch validatingwebhookconfigurations.admissionregistration.k8s.io/another', 'no'],
  ['kafka-controller', 'create pods', 'no'],
  ['kafka-controller', 'create deployments.apps', 'no'],
];

/** What a data plane of a namespace is made from, as `dataPlaneOriginals` of `libs/resources` lists it. */
const copied = [
  ['', 'serviceaccounts'],
  ['', 'configmaps'],
  ['', 'services'],
  ['apps', 'deployments'],
  ['policy', 'poddisruptionbudgets'],
] as const;

const answers = { yes: /^yes\n/, no: /\nno( -.*)?$/ };

describe('the chart gives no more than is needed', { timeout: 300_000 }, () => {
  let server: ApiServer;
  let manifests: readonly Manifest[];
  let workloads: readonly Workload[];

  before(async () => {
    server = await startApiServer();
    for (const name of ['shop', 'tokens', namespace]) await server.kubectl(['create', 'namespace', name]);
    const granted = { ...withKafka, 'secrets.namespaces': '{shop}', 'oidc.namespaces': '{tokens}' };
    manifests = await render(server, granted);
    workloads = workloadsOf(manifests);
    await server.helm(['install', release, chartFolder, `--namespace=${namespace}`, ...setArguments(granted)]);
  });
  after(() => server[Symbol.asyncDispose]());

  /** What the API server says of the rights of an account. */
  async function mayIt(account: string, question: string): Promise<string> {
    const words = question.split(' ');
    const subresource = words.filter((word) => word.startsWith('--'));
    const [verb = '', resource = '', where] = words.filter((word) => !word.startsWith('--'));
    const place = where === undefined ? ['--all-namespaces'] : [`--namespace=${where}`];
    const as = `--as=system:serviceaccount:${namespace}:${account}`;
    // It answers "no" with exit code 1.
    return server
      .kubectl(['auth', 'can-i', verb, resource, ...subresource, ...place, as])
      .catch((error: unknown) => String(error));
  }

  for (const [account, question, answer] of rights) {
    test(`security 8 V7: ${account} ${answer === 'yes' ? 'may' : 'may not'} ${question}`, async () => {
      assert.match(await mayIt(account, question), answers[answer]);
    });
  }

  test('no role has a wildcard, and none that is bound everywhere has anything on Secrets', () => {
    const bound = new Set(
      manifests
        .filter(({ kind }) => kind === 'ClusterRoleBinding')
        .map((manifest) => (manifest['roleRef'] as { readonly name: string }).name),
    );
    for (const manifest of manifests.filter(({ kind }) => /Role$/.test(kind))) {
      const { name } = manifest.metadata;
      for (const { apiGroups, resources, verbs } of (manifest['rules'] ?? []) as readonly Rule[]) {
        assert.ok(![...apiGroups, ...resources, ...verbs].some((word) => word.includes('*')), name);
        if (manifest.kind === 'ClusterRole' && bound.has(name)) assert.ok(!resources.includes('secrets'), name);
      }
    }
  });

  test('the controller may read what says of itself that it can be sent events', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'gizmo-addressable', labels: { 'duck.knative.dev/addressable': 'true' } },
      rules: [{ apiGroups: ['example.com'], resources: ['gizmos'], verbs: ['get', 'list', 'watch'] }],
    };
    await server.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(role) });
    await eventually('the rule is aggregated', async () => {
      const rules = await server.kubectl([
        'get',
        'clusterrole',
        'eventing-kafka-addressables',
        '-o',
        'jsonpath={.rules}',
      ]);
      return rules.includes('gizmos');
    });
  });

  test('where Knative Eventing is installed, its controller judges EventPolicies, and ours may not write their status', async () => {
    const judges = (rendered: readonly Manifest[]): boolean =>
      rendered
        .flatMap((manifest) => (manifest['rules'] ?? []) as readonly Rule[])
        .some(({ resources }) => resources.includes('eventpolicies/status'));
    assert.equal(judges(manifests), true);
    assert.equal(judges(await render(server, { ...withKafka, 'eventPolicies.reconcile': 'never' })), false);
    const labels = { app: 'eventing-controller' };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'eventing-controller', namespace },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'controller', image: 'controller' }] } },
      },
    };
    await server.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(deployment) });
    const upgraded = await server.helm([
      'upgrade',
      release,
      chartFolder,
      `--namespace=${namespace}`,
      '--dry-run=server',
      ...setArguments(withKafka),
    ]);
    assert.doesNotMatch(upgraded, /eventpolicies\/status/);
    assert.match(upgraded, /RECONCILE_EVENT_POLICIES, value: "false"/);
    await server.kubectl(['delete', 'deployment', '-n', namespace, 'eventing-controller']);
  });

  test('without namespaced Brokers nobody may make Deployments', () => {
    const rules = manifests.flatMap((manifest) => (manifest['rules'] ?? []) as readonly Rule[]);
    assert.deepEqual(
      rules.filter(({ apiGroups }) => apiGroups.includes('apps')),
      [],
    );
  });

  test('with namespaced Brokers the controller may read and copy all that a data plane is made from', async () => {
    const rules = (await render(server, { ...withKafka, 'namespacedBrokers.enabled': 'true' }))
      .filter(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name !== 'eventing-kafka-secrets')
      .flatMap((manifest) => (manifest['rules'] ?? []) as readonly Rule[])
      .filter(({ resourceNames }) => resourceNames === undefined);
    const may = (verb: string, group: string, resource: string): boolean =>
      rules.some(
        ({ apiGroups, resources, verbs }) =>
          apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb),
      );
    for (const [group, resource] of copied) {
      assert.deepEqual(
        ['get', 'create', 'patch'].filter((verb) => !may(verb, group, resource)),
        [],
        resource,
      );
    }
    assert.ok(may('get', '', 'namespaces'), 'whose owner references are of its uid');
  });

  test('all workloads are looked at', () => {
    assert.deepEqual(workloads.map(({ name }) => name).sort(), ['eventing-kafka-smoke-test', ...apps]);
  });

  test('the API server lets each Pod into a namespace of the level "restricted"', async () => {
    const restricted = 'restricted';
    await server.kubectl(['create', 'namespace', restricted]);
    await server.kubectl(['label', 'namespace', restricted, 'pod-security.kubernetes.io/enforce=restricted']);
    for (const { name, labels, pod } of workloads) {
      if (pod.serviceAccountName !== undefined) {
        await server
          .kubectl(['-n', restricted, 'create', 'serviceaccount', pod.serviceAccountName])
          .catch(() => 'it is there already');
      }
      const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: restricted, labels }, spec: pod };
      await server.kubectl(['create', '--dry-run=server', '-f', '-'], { stdin: JSON.stringify(manifest) });
    }
  });

  for (const name of ['eventing-kafka-smoke-test', ...apps]) {
    test(`${name}: fixed user, read-only, no rights, limits, bounded places to write`, () => {
      const { pod } = workloads.find((workload) => workload.name === name)!;
      const [container] = pod.containers;
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
      assert.equal(pod.enableServiceLinks, false);
      assert.ok(
        container.resources.limits?.['cpu'] !== undefined && container.resources.limits['memory'] !== undefined,
      );
      for (const { emptyDir } of pod.volumes ?? []) {
        if (emptyDir !== undefined) assert.ok(emptyDir.medium === 'Memory' && emptyDir.sizeLimit !== undefined);
      }
    });

    test(`${name}: no token but those it asks for, for an hour at most`, () => {
      const { pod } = workloads.find((workload) => workload.name === name)!;
      assert.equal(pod.automountServiceAccountToken, false);
      const tokens = (pod.volumes ?? []).flatMap(({ projected }) =>
        (projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []),
      );
      for (const { expirationSeconds } of tokens) assert.ok(expirationSeconds <= 3600);
      const audiences = tokens.map(({ audience }) => audience ?? 'the API').sort();
      const expected =
        name === 'kafka-controller'
          ? ['the API']
          : name === 'eventing-kafka-smoke-test'
            ? []
            : ['eventing-kafka-contract', 'the API'];
      assert.deepEqual(audiences, expected);
    });
  }

  for (const name of apps) {
    test(`${name}: its Pods are spread, may not all be evicted, and only talk to whom they need`, () => {
      const { pod, labels } = workloads.find((workload) => workload.name === name)!;
      assert.equal(pod.topologySpreadConstraints?.length, 2);
      assert.equal(labels['app'], name);
      const kinds = manifests.filter(({ metadata }) => metadata.name === name).map(({ kind }) => kind);
      assert.ok(kinds.includes('PodDisruptionBudget') && kinds.includes('NetworkPolicy'), kinds.join());
    });
  }

  test('the certificate of each of the data plane is its own', () => {
    const secrets = workloads.map(({ name, pod }) => [
      name,
      (pod.volumes ?? []).flatMap(({ secret }) => (secret?.optional === false ? [secret.secretName] : [])),
    ]);
    assert.deepEqual(Object.fromEntries(secrets), {
      'eventing-kafka-smoke-test': [],
      'kafka-controller': [],
      'kafka-broker-receiver': ['eventing-kafka-contract-receiver'],
      'kafka-sink-receiver': ['eventing-kafka-contract-receiver'],
      'kafka-broker-dispatcher': ['eventing-kafka-contract-dispatcher'],
    });
  });

  test('with namespaced Brokers the controller may make their data planes, and reads no more Secrets', async () => {
    const settings = setArguments({ ...withKafka, 'namespacedBrokers.enabled': 'true' });
    await server.helm(['upgrade', release, chartFolder, `--namespace=${namespace}`, ...settings]);
    for (const [question, answer] of [
      ['create deployments.apps default', 'yes'],
      ['patch services default', 'yes'],
      ['get secrets/eventing-kafka-contract-receiver default', 'yes'],
      ['create secrets default', 'yes'],
      ['get secrets default', 'no'],
      ['list secrets', 'no'],
      ['create roles.rbac.authorization.k8s.io default', 'no'],
      // No longer among `secrets.namespaces`.
      ['get secrets shop', 'no'],
    ] as const) {
      assert.match(await mayIt('kafka-controller', question), answers[answer], question);
    }
  });
});
