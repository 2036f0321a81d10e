/** Row of control-plane 24.3. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { broker } from '../../testing/world.ts';
import { dataPlaneOriginals, planNamespacedDataPlane } from '../cluster/namespaced-data-plane.ts';
import type { ObjectManifest } from '../objects/resource-source.ts';
import type { Outcome } from '../planning/outcome.ts';

const namespace = { name: 'test-namespace', uid: 'uid of the namespace' };

function original(kind: string, name: string, fields: Record<string, unknown> = {}): ObjectManifest {
  const apiVersion = dataPlaneOriginals.find((one) => one.kind === kind)?.apiVersion ?? '';
  return {
    apiVersion,
    kind,
    metadata: {
      namespace: 'knative-eventing',
      name,
      labels: { app: name, 'app.kubernetes.io/version': '1', 'monitoring/scrape': 'yes' },
      annotations: { 'cert-manager.io/x': 'y', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
    ...fields,
  };
}

function deployment(name: string): ObjectManifest {
  const env = [
    { name: 'RESOURCES_NAMESPACE', value: '' },
    { name: 'A', value: 'b' },
  ];
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: 'i', env }] } };
  return original('Deployment', name, { spec: { replicas: 2, selector: { matchLabels: { app: name } }, template } });
}

const extra = `
- apiVersion: rbac.authorization.k8s.io/v1
  kind: ClusterRole
  metadata: { name: "extra-{{ .Namespace }}" }
- apiVersion: v1
  kind: ConfigMap
  metadata: { name: more, namespace: "{{.Namespace}}" }
`;

const originals: readonly ObjectManifest[] = [
  original('ServiceAccount', 'kafka-receiver', { secrets: [{ name: 'token' }] }),
  original('ServiceAccount', 'kafka-dispatcher'),
  original('ConfigMap', 'config-kafka-broker-data-plane', { data: { a: 'b' } }),
  original('ConfigMap', 'config-features', { data: { 'transport-encryption': 'strict' } }),
  original('ConfigMap', 'config-namespaced-broker-resources', { data: { resources: extra } }),
  original('Service', 'kafka-broker-ingress', {
    spec: { clusterIP: '10.0.0.1', ports: [{ port: 80, targetPort: 8080, nodePort: 30000 }], selector: { app: 'x' } },
    status: { loadBalancer: {} },
  }),
  deployment('kafka-broker-receiver'),
  deployment('kafka-broker-dispatcher'),
  original('PodDisruptionBudget', 'kafka-broker-receiver', { spec: { maxUnavailable: 1 }, status: {} }),
];

function objectsOf(outcome: Outcome<readonly ObjectManifest[]>): readonly ObjectManifest[] {
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.error);
  return outcome.value;
}

function planned(): ReadonlyMap<string, ObjectManifest> {
  const objects = objectsOf(planNamespacedDataPlane(namespace, [broker()], originals));
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

describe('control-plane 24.3 Broker KafkaNamespaced', () => {
  test('control-plane 24.3 NB1: every original is copied into the namespace, labelled, and owned by the Broker', () => {
    const objects = planned();
    assert.deepEqual(
      [...objects.keys()],
      [
        'ServiceAccount kafka-receiver',
        'ServiceAccount kafka-dispatcher',
        'ConfigMap config-kafka-broker-data-plane',
        'ConfigMap config-features',
        'Service kafka-broker-ingress',
        'Deployment kafka-broker-receiver',
        'Deployment kafka-broker-dispatcher',
        'PodDisruptionBudget kafka-broker-receiver',
        'ClusterRole extra-test-namespace',
        'ConfigMap more',
      ],
    );
    const [account] = objects.values();
    assert.deepEqual(account, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        namespace: 'test-namespace',
        name: 'kafka-receiver',
        labels: { app: 'kafka-receiver', 'monitoring/scrape': 'yes', 'eventing.knative.dev/namespaced': 'true' },
        annotations: { 'cert-manager.io/x': 'y' },
        ownerReferences: [
          {
            apiVersion: 'eventing.knative.dev/v1',
            kind: 'Broker',
            name: 'test-broker',
            uid: 'uid of test-broker',
            controller: false,
            blockOwnerDeletion: true,
          },
        ],
      },
    });
    for (const { metadata } of objects.values())
      assert.equal(metadata.labels?.['eventing.knative.dev/namespaced'], 'true', metadata.name);
  });

  test('control-plane 24.3 NB1: what is in no namespace is owned by the namespace', () => {
    assert.deepEqual(planned().get('ClusterRole extra-test-namespace')?.metadata, {
      name: 'extra-test-namespace',
      labels: { 'eventing.knative.dev/namespaced': 'true' },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Namespace', ...namespace, controller: true, blockOwnerDeletion: false },
      ],
    });
  });

  test('the processes of the namespace serve its resources and no others', () => {
    for (const name of ['kafka-broker-receiver', 'kafka-broker-dispatcher']) {
      const { spec } = planned().get(`Deployment ${name}`) as unknown as {
        spec: { replicas: number; template: { spec: { containers: { env: unknown }[] } } };
      };
      assert.equal(spec.replicas, 2);
      assert.deepEqual(spec.template.spec.containers[0]?.env, [
        { name: 'A', value: 'b' },
        { name: 'RESOURCES_NAMESPACE', value: 'test-namespace' },
      ]);
    }
  });

  test('of a Service ports and selector are copied, of a PodDisruptionBudget what it asks for', () => {
    const objects = planned();
    assert.deepEqual(objects.get('Service kafka-broker-ingress')?.['spec'], {
      ports: [{ port: 80, targetPort: 8080 }],
      selector: { app: 'x' },
    });
    const budget = objects.get('PodDisruptionBudget kafka-broker-receiver');
    assert.deepEqual([budget?.['spec'], budget?.['status']], [{ maxUnavailable: 1 }, undefined]);
  });

  test('several Brokers of a namespace own one data plane together', () => {
    const second = broker();
    const brokers = [{ ...second, metadata: { ...second.metadata, name: 'b', uid: 'b' } }, broker()];
    const [first] = objectsOf(planNamespacedDataPlane(namespace, brokers, originals));
    assert.deepEqual(
      first?.metadata.ownerReferences?.map(({ uid }) => uid),
      ['b', 'uid of test-broker'],
    );
  });

  test('an original that is missing is named', () => {
    const outcome = planNamespacedDataPlane(
      namespace,
      [broker()],
      originals.filter(({ kind }) => kind !== 'Service'),
    );
    assert.ok(!outcome.ok);
    assert.equal(
      outcome.error,
      'unable to transform dataplane manifest: Service kafka-broker-ingress is not in the system namespace',
    );
  });

  for (const [resources, message] of [
    ['- {', /is no YAML/],
    ['a: b', /is no list of objects/],
    ['- { kind: ConfigMap }', /is no list of objects/],
    ['- { apiVersion: v1, kind: ConfigMap, metadata: { name: "{{ .Name }}" } }', /an action other than/],
  ] as const) {
    test(`extra objects like ${resources} are refused with their ConfigMap`, () => {
      const changed = originals.map((one) =>
        one.metadata.name === 'config-namespaced-broker-resources' ? { ...one, data: { resources } } : one,
      );
      const outcome = planNamespacedDataPlane(namespace, [broker()], changed);
      assert.ok(!outcome.ok);
      assert.match(outcome.error, message);
      assert.match(outcome.error, /config-namespaced-broker-resources/);
    });
  }
});
