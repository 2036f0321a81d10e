/** Rows of control-plane 24.1 that speak of addresses, senders and policies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planBroker } from '../planning/broker-plan.ts';
import type { Broker, ManifestResource } from '../objects/resource-types.ts';
import type { IngressPlan } from '../planning/ingress-plan.ts';
import {
  address,
  allTrue,
  broker,
  conditionsOf,
  configMap,
  configRef,
  coreFeatures,
  oidcOn,
  onCluster,
  options,
  planOf,
  policy,
  secret,
  systemConfigMap,
  viewOf,
} from '../../testing/world.ts';

const tlsSecret = secret('knative-eventing', 'kafka-broker-ingress-server-tls', 'PEM of the CA');
const httpsAddress = address.replace('http:', 'https:');

function planned(...objects: readonly ManifestResource[]): IngressPlan {
  return planOf(broker(), [configMap, ...objects], onCluster);
}

describe('control-plane 24.1 Broker', () => {
  test('control-plane 24.1 B31: with OIDC and no policy the default mode counts, and addresses carry the audience', () => {
    const plan = planned(oidcOn);
    const audience = 'eventing.knative.dev/broker/test-namespace/test-broker';
    assert.equal(plan.resource?.ingress?.audience, audience);
    assert.deepEqual(plan.resource.ingress.eventPolicies, [
      {
        tokenMatchers: [
          {
            matcher: { $case: 'prefix', value: { attributes: { sub: 'system:serviceaccount:test-namespace:' } } },
          },
        ],
        filters: [],
      },
    ]);
    assert.deepEqual(plan.addresses, [{ name: 'http', url: address, audience }]);
    assert.equal(
      conditionsOf(plan)['EventPoliciesReady'],
      'True | DefaultAuthorizationMode | Default authz mode is "Allow-Same-Namespace"',
    );
  });

  test('control-plane 24.1 B32: a Ready policy admits whom it names, and stands in the status', () => {
    const plan = planned(oidcOn, policy('test-event-policy-ready'));
    assert.deepEqual(plan.resource?.ingress?.eventPolicies, [
      {
        tokenMatchers: [{ matcher: { $case: 'exact', value: { attributes: { sub: 'sub' } } } }],
        filters: [],
      },
    ]);
    assert.deepEqual(plan.status.policies, [
      { apiVersion: 'eventing.knative.dev/v1alpha1', name: 'test-event-policy-ready' },
    ]);
    assert.equal(conditionsOf(plan)['EventPoliciesReady'], 'True');
  });

  test('control-plane 24.1 B34, with https first (security SD15): permissive has both addresses', () => {
    const plan = planned(coreFeatures({ 'transport-encryption': 'permissive' }), tlsSecret);
    assert.deepEqual(plan.address, { name: 'http', url: address });
    assert.deepEqual(plan.addresses, [
      { name: 'https', url: httpsAddress, CACerts: 'PEM of the CA' },
      { name: 'http', url: address },
    ]);
    assert.deepEqual(conditionsOf(plan), allTrue);
  });

  test('control-plane 16.1: strict has the https address alone', () => {
    const plan = planned(coreFeatures({ 'transport-encryption': 'STRICT' }), tlsSecret);
    assert.deepEqual(plan.addresses, [{ name: 'https', url: httpsAddress, CACerts: 'PEM of the CA' }]);
    assert.deepEqual(plan.address, plan.addresses[0]);
  });

  test('control-plane 22: without the TLS Secret an encrypted Broker says so and has no address', () => {
    const plan = planned(coreFeatures({ 'transport-encryption': 'strict' }));
    assert.equal(
      conditionsOf(plan, { hasAddress: true })['Addressable'],
      'False | AddressNotAvailable | failed to get CA certs from knative-eventing/kafka-broker-ingress-server-tls: secrets "kafka-broker-ingress-server-tls" not found',
    );
    assert.equal(plan.resource, undefined);
  });

  test('receivers without a Service take events over http, and cannot be asked for strict encryption', () => {
    const strict = coreFeatures({ 'transport-encryption': 'strict' });
    assert.match(
      conditionsOf(planOf(broker(), [configMap, strict]))['Addressable'] ?? '',
      /^False \| AddressNotAvailable \| transport-encryption is "strict"/,
    );
    const permissive = coreFeatures({ 'transport-encryption': 'permissive' });
    assert.deepEqual(planOf(broker(), [configMap, permissive]).addresses, [{ name: 'http', url: address }]);
  });

  test('control-plane 8.5: a Broker with a data plane of its own has its address in its namespace', () => {
    const own = broker(
      { config: { kind: 'ConfigMap', name: 'own' } },
      { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' },
    );
    const ownConfig = { ...configMap, metadata: { ...configMap.metadata, namespace: 'test-namespace', name: 'own' } };
    const plan = planOf(own, [ownConfig], { ...onCluster, namespacedDataPlanes: true });
    assert.equal(
      plan.address.url,
      'http://kafka-broker-ingress.test-namespace.svc.cluster.local/test-namespace/test-broker',
    );
    assert.equal(plan.resource?.dataPlaneNamespace, 'test-namespace');
    assert.equal(
      planOf(own, [ownConfig], onCluster).resource?.dataPlaneNamespace,
      '',
      'the shared data plane serves it',
    );
  });

  test('control-plane 8.1: a Broker with a data plane of its own takes no configuration from elsewhere', () => {
    const own = broker({}, { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' });
    const plan = planOf(own, [configMap], { ...onCluster, namespacedDataPlanes: true });
    assert.equal(
      conditionsOf(plan)['DataPlaneAvailable'],
      'False | CreateDataPlane | broker with "KafkaNamespaced" class need the config in the same namespace with the broker. broker.spec.config.namespace="test-namespace-config-map", broker.namespace="test-namespace"',
    );
    assert.equal(plan.topic, undefined);
  });

  test('security 6.3: the data plane of a namespace gets no Secret from elsewhere, neither by default nor by a status', () => {
    const ofNamespace = { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' };
    const namesSecret = { ...configMap.data, 'auth.secret.ref.name': 'credentials' };
    const credentials = secret('test-namespace-config-map', 'credentials');
    const namespaced = { ...onCluster, namespacedDataPlanes: true };
    const refused =
      'False | CreateDataPlane | broker with "KafkaNamespaced" class cannot use the secret test-namespace-config-map/credentials: its data plane reads no secrets but those of namespace "test-namespace"; name a ConfigMap there in spec.config';

    const defaults = systemConfigMap('config-br-defaults', {
      'default-br-config': JSON.stringify({ clusterDefault: { brokerClass: 'KafkaNamespaced', ...configRef } }),
    });
    const byDefault: Broker = { ...broker({}, ofNamespace), spec: {} };
    const world = [{ ...configMap, data: namesSecret }, defaults, credentials];
    const plan = planOf(byDefault, world, namespaced);
    assert.equal(conditionsOf(plan)['DataPlaneAvailable'], refused);
    assert.equal(plan.topic, undefined);
    assert.equal(planOf(byDefault, world, onCluster).topic?.secret?.name, 'credentials', 'the shared data plane may');

    const named = broker({ config: { kind: 'ConfigMap', name: 'gone' } }, ofNamespace);
    const annotations = { ...namesSecret, 'auth.secret.ref.namespace': 'test-namespace-config-map' };
    const rebuilt = planBroker(named, viewOf(credentials), { annotations }, options(namespaced));
    assert.equal(conditionsOf(rebuilt)['DataPlaneAvailable'], refused);
    assert.equal(rebuilt.topic, undefined);
  });
});

describe('security 4: event policies', () => {
  const admitted = (...objects: readonly ManifestResource[]): number | undefined =>
    planned(...objects).resource?.ingress?.eventPolicies.length;
  const allowAll = coreFeatures({ 'authentication-oidc': 'enabled', 'default-authorization-mode': 'allow-all' });

  test('SD6, P8: where only unready policies apply nobody is admitted, whatever the default mode', () => {
    const plan = planned(allowAll, policy('b', { ready: false }), policy('a', { ready: false }));
    assert.deepEqual(plan.resource?.ingress?.eventPolicies, []);
    assert.equal(
      conditionsOf(plan)['EventPoliciesReady'],
      'False | EventPoliciesNotReady | event policies a, b are not ready',
    );
    assert.equal(plan.status.policies, undefined);
  });

  test('Ready policies admit beside unready ones, sorted by name', () => {
    const plan = planned(oidcOn, policy('z', { from: ['z*'] }), policy('m', { ready: false }), policy('a'));
    assert.deepEqual(
      plan.resource?.ingress?.eventPolicies.map(({ tokenMatchers }) => tokenMatchers[0]?.matcher),
      [
        { $case: 'exact', value: { attributes: { sub: 'sub' } } },
        { $case: 'prefix', value: { attributes: { sub: 'z' } } },
      ],
    );
    assert.deepEqual(
      plan.status.policies?.map(({ name }) => name),
      ['a', 'z'],
    );
  });

  test('a Ready policy without subjects admits nobody, and the default mode does not count', () => {
    assert.deepEqual(planned(allowAll, policy('a', { from: [] })).resource?.ingress?.eventPolicies, [
      { tokenMatchers: [], filters: [] },
    ]);
  });

  test('a policy that is being deleted, or whose filter cannot be evaluated, admits nobody', () => {
    const going = policy('a');
    const deleted = { ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    assert.equal(admitted(allowAll, deleted), 0);
    assert.equal(admitted(allowAll, { ...going, spec: { ...going.spec, filters: [{ cesql: 'type =' }] } }), 0);
  });

  test('control-plane 24.9 policies: Deny-All without a policy admits nobody, Allow-All everyone with a token', () => {
    const mode = (value: string): ManifestResource =>
      coreFeatures({ 'authentication-oidc': 'enabled', 'default-authorization-mode': value });
    assert.equal(admitted(mode('Deny-All')), 0);
    assert.equal(admitted(mode('denny-all')), 0, 'a typing error opens nothing');
    assert.deepEqual(planned(mode('Allow-All')).resource?.ingress?.eventPolicies[0]?.tokenMatchers, [
      { matcher: { $case: 'prefix', value: { attributes: { sub: '' } } } },
    ]);
  });

  test('without OIDC nothing is checked, and policies are reported all the same', () => {
    const plan = planned(policy('a'));
    assert.equal(plan.resource?.ingress?.audience, '');
    assert.deepEqual(plan.resource.ingress.eventPolicies, []);
    assert.deepEqual(plan.status.policies, [{ apiVersion: 'eventing.knative.dev/v1alpha1', name: 'a' }]);
  });

  test('a view that cannot list policies admits nobody while OIDC is on', () => {
    const blind = {
      get: (kind: string) =>
        (kind === 'ConfigMap' ? { ...oidcOn, data: { ...configMap.data, ...oidcOn.data } } : undefined) as never,
    };
    const plan = planBroker(broker(), blind, undefined, options(onCluster));
    assert.deepEqual(plan.resource?.ingress?.eventPolicies, []);
    assert.match(conditionsOf(plan)['EventPoliciesReady'] ?? '', /^False \| EventPoliciesUnknown/);
  });

  const broker1 = { apiVersion: 'EVENTING.knative.dev/v9', kind: 'broker', name: 'TEST-broker' };
  const selector = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker' };
  const targets: readonly (readonly [string, Parameters<typeof policy>[1], boolean])[] = [
    ['names no target', { to: [] }, true],
    ['names it, in another case and version', { to: [{ ref: broker1 }] }, true],
    ['names another', { to: [{ ref: { ...broker1, name: 'other' } }] }, false],
    ['names another kind', { to: [{ ref: { ...broker1, kind: 'KafkaSink' } }] }, false],
    ['selects its label', { to: [{ selector: { ...selector, matchLabels: { team: 'a' } } }] }, true],
    ['selects another label', { to: [{ selector: { ...selector, matchLabels: { team: 'b' } } }] }, false],
    [
      'selects by In',
      { to: [{ selector: { ...selector, matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] } }] },
      true,
    ],
    [
      'selects by NotIn',
      { to: [{ selector: { ...selector, matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] } }] },
      false,
    ],
    [
      'selects by NotIn what has no such label',
      { to: [{ selector: { ...selector, matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['a'] }] } }] },
      true,
    ],
    [
      'selects by Exists',
      { to: [{ selector: { ...selector, matchExpressions: [{ key: 'x', operator: 'Exists' }] } }] },
      false,
    ],
    [
      'selects by DoesNotExist',
      { to: [{ selector: { ...selector, matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] } }] },
      true,
    ],
  ];
  for (const [name, more, applies] of targets) {
    test(`a policy that ${name} ${applies ? 'applies' : 'does not apply'}`, () => {
      const labelled = broker();
      const plan = planOf(
        { ...labelled, metadata: { ...labelled.metadata, labels: { team: 'a' } } },
        [configMap, policy('p', more)],
        onCluster,
      );
      assert.equal(plan.status.policies?.length, applies ? 1 : undefined);
    });
  }

  test('a policy of another namespace does not apply', () => {
    const other = policy('p', { to: [] });
    assert.equal(planned({ ...other, metadata: { ...other.metadata, namespace: 'other' } }).status.policies, undefined);
  });
});
