/** Where a Trigger's events go (control-plane 16.6), and on what else it depends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  address,
  broker,
  coreFeatures,
  metadata,
  onCluster,
  options,
  secret,
  serviceRef,
  serviceUrl,
  sink,
  trigger,
  triggerConditionsOf,
  viewOf,
} from '../../testing/world.ts';
import { foreignKey } from '../objects/resource-key.ts';
import type { Destination, ForeignObject, ManifestResource, Trigger } from '../objects/resource-types.ts';
import { resourceName } from '../planning/destination.ts';
import type { PlanningOptions } from '../planning/planning-options.ts';
import { planTrigger } from '../planning/trigger-plan.ts';
import type { TriggerPlan } from '../planning/trigger-plan.ts';

const apiVersion = 'serving.knative.dev/v1';
const ref = { apiVersion, kind: 'Service', name: 'display' };

function foreign(
  addresses: ForeignObject['addresses'],
  more: { namespace?: string; ready?: ForeignObject['ready'] } = {},
): ForeignObject {
  const { namespace = 'test-namespace', ready } = more;
  return {
    kind: 'ForeignObject',
    metadata: metadata(namespace, foreignKey(apiVersion, 'Service', namespace, 'display').name),
    apiVersion,
    objectKind: 'Service',
    objectName: 'display',
    serviceAccounts: [],
    addresses,
    ...(ready === undefined ? {} : { ready }),
  };
}

function planned(
  object: Trigger,
  objects: readonly ManifestResource[] = [],
  more: Partial<PlanningOptions> = onCluster,
): TriggerPlan {
  const plan = planTrigger(object, viewOf(broker(), ...objects), undefined, options(more));
  assert.ok(plan);
  return plan;
}

function subscribed(subscriber: Destination, ...objects: readonly ManifestResource[]): readonly string[] {
  const plan = planned(trigger({ subscriber }), objects);
  const { egress } = plan;
  return egress === undefined
    ? [triggerConditionsOf(plan)['SubscriberResolved'] ?? '']
    : [egress.destination, egress.destinationCaCerts, egress.destinationAudience];
}

const failure = 'False | Failed to resolve trigger config | failed to resolve Trigger.Spec.Subscriber: ';

describe('control-plane 16.6 destinations', () => {
  const both = [
    { name: 'https', url: 'https://display', CACerts: 'PEM', audience: 'aud' },
    { name: 'http', url: 'http://display' },
  ];

  test('an object of any kind is found by the first of its addresses', () =>
    assert.deepEqual(subscribed({ ref }, foreign(both)), ['https://display', 'PEM', 'aud']));

  test('or by the one whose name is asked for', () =>
    assert.deepEqual(subscribed({ ref: { ...ref, address: 'http' } }, foreign(both)), ['http://display', '', '']));

  test('certificates and audience of the destination count before those of the address', () =>
    assert.deepEqual(subscribed({ ref, CACerts: 'own', audience: 'mine' }, foreign(both)), [
      'https://display',
      'own',
      'mine',
    ]));

  test('a relative URL is resolved against the address', () => {
    assert.equal(subscribed({ ref, uri: '/a?b' }, foreign(both))[0], 'https://display/a?b');
    assert.equal(subscribed({ ref, uri: 'c' }, foreign([{ url: 'http://x/a/b' }]))[0], 'http://x/a/c');
  });

  test('an object of another namespace is found there', () =>
    assert.equal(
      subscribed({ ref: { ...ref, namespace: 'other' } }, foreign([{ url: 'http://o' }], { namespace: 'other' }))[0],
      'http://o',
    ));

  const failures: readonly (readonly [string, Destination, readonly ManifestResource[], string])[] = [
    [
      'an object that is not there',
      { ref },
      [],
      'failed to get object test-namespace/display: services.serving.knative.dev "display" not found',
    ],
    [
      'an object without an address',
      { ref },
      [foreign([])],
      'address not set for Kind = Service, Namespace = test-namespace, Name = display, APIVersion = serving.knative.dev/v1, Group = serving.knative.dev, Address = ',
    ],
    [
      'an object without the address that is asked for',
      { ref: { ...ref, address: 'https' } },
      [foreign([{ name: 'http', url: 'http://display' }])],
      'address not set for Kind = Service, Namespace = test-namespace, Name = display, APIVersion = serving.knative.dev/v1, Group = serving.knative.dev, Address = https',
    ],
    [
      'an object whose address is no URL',
      { ref },
      [foreign([{ url: 'display' }])],
      'URI is not absolute (both scheme and host should be non-empty): "display"',
    ],
    [
      'a URL of a million characters',
      { uri: `http://host/${'x'.repeat(1_000_000)}` },
      [],
      'uri is 1000012 characters long, at most 8192 are taken',
    ],
    [
      'a ref without a name',
      { ref: { apiVersion, kind: 'Service' } },
      [],
      'destination ref needs kind, name and apiVersion',
    ],
  ];
  for (const [name, destination, objects, error] of failures)
    test(`${name} is told`, () => assert.deepEqual(subscribed(destination, ...objects), [`${failure}${error}`]));

  test('a Broker and a KafkaSink are found by their own addresses, https first', () => {
    const permissive = coreFeatures({ 'transport-encryption': 'permissive' });
    const tls = [
      secret('knative-eventing', 'kafka-broker-ingress-server-tls', 'PEM'),
      secret('knative-eventing', 'kafka-sink-ingress-server-tls'),
    ];
    const toBroker = { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'test-broker' } };
    assert.deepEqual(subscribed(toBroker, permissive, ...tls), [address.replace('http:', 'https:'), 'PEM', '']);
    assert.equal(subscribed({ ref: { ...toBroker.ref, address: 'http' } }, permissive, ...tls)[0], address);
    const toSink = {
      ref: {
        apiVersion: 'eventing.knative.dev/v1alpha1',
        kind: 'KafkaSink',
        namespace: 'sink-namespace',
        name: 'sink-name',
      },
    };
    assert.equal(
      subscribed(toSink, sink(), coreFeatures({ 'authentication-oidc': 'enabled' }))[2],
      'eventing.knative.dev/kafkasink/sink-namespace/sink-name',
    );
    assert.match(subscribed(toBroker, permissive)[0] ?? '', /failed to get CA certs/);
  });

  test('a Broker of another class is found by its status', () => {
    const theirs = broker({}, { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' });
    const object = { ...theirs, metadata: { ...theirs.metadata, name: 'theirs' } };
    const own = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'theirs' };
    const duck: ForeignObject = {
      ...foreign([{ url: 'http://theirs' }]),
      metadata: metadata('test-namespace', foreignKey(own.apiVersion, own.kind, 'test-namespace', own.name).name),
    };
    assert.equal(subscribed({ ref: own }, object, duck)[0], 'http://theirs');
  });

  test('names of kinds in messages are those of the API', () => {
    assert.equal(resourceName('EventPolicy', 'eventing.knative.dev/v1alpha1'), 'eventpolicies.eventing.knative.dev');
    assert.equal(resourceName('Ingress', 'networking.k8s.io/v1'), 'ingresses.networking.k8s.io');
    assert.equal(resourceName('Gateway', 'v1'), 'gateways');
  });
});

describe('security 6.4: destinations that are not allowed', () => {
  const hostile = 'http://169.254.169.254/latest';
  const refused = 'False | DestinationNotAllowed | ';

  test('a subscriber at the cluster’s metadata address is refused with a reason of its own', () => {
    const plan = planned(trigger({ subscriber: { uri: hostile } }));
    assert.equal(plan.egress, undefined);
    assert.equal(triggerConditionsOf(plan)['SubscriberResolved']?.startsWith(refused), true);
    assert.deepEqual(plan.failures[0]?.path, ['spec', 'subscriber', 'uri']);
  });

  test('so are a dead letter sink and an address that an object gives itself', () => {
    const sinkPlan = planned(trigger({ delivery: { deadLetterSink: { uri: hostile } } }));
    assert.equal(triggerConditionsOf(sinkPlan)['DeadLetterSinkResolved']?.startsWith(refused), true);
    const plan = planned(trigger({ subscriber: { ref } }), [foreign([{ url: hostile }])]);
    assert.equal(triggerConditionsOf(plan)['SubscriberResolved']?.startsWith(refused), true);
  });

  test('this machine is a destination where subscribers run beside us, and not on a cluster', () => {
    const local = trigger({ subscriber: { uri: 'http://localhost:8080' } });
    assert.equal(planned(local, [], {}).egress?.destination, 'http://localhost:8080');
    assert.equal(planned(local).egress, undefined);
    assert.equal(
      planned(local, [], { ...onCluster, allowLoopback: true }).egress?.destination,
      'http://localhost:8080',
    );
  });
});

describe('control-plane 26 no. 30: knative.dev/dependency', () => {
  const annotated = (value: unknown): Trigger =>
    trigger({}, { 'knative.dev/dependency': typeof value === 'string' ? value : JSON.stringify(value) });
  const dependency = { apiVersion, kind: 'Service', name: 'display' };
  const dependencyOf = (object: Trigger, ...objects: readonly ManifestResource[]): string => {
    const plan = planned(object, objects);
    assert.ok(plan.egress, 'events are delivered all the same');
    return triggerConditionsOf(plan)['DependencyReady'] ?? '';
  };

  test('a dependency that is Ready is no matter', () =>
    assert.equal(
      dependencyOf(annotated(dependency), foreign([], { ready: { status: 'True', reason: '', message: '' } })),
      'True',
    ));

  test('one that is not there, not Ready or not known to be keeps the Trigger from being Ready', () => {
    assert.equal(
      dependencyOf(annotated(dependency)),
      'False | DependencyDoesNotExist | Dependency does not exist: services.serving.knative.dev "display" not found',
    );
    assert.equal(
      dependencyOf(
        annotated(dependency),
        foreign([], { ready: { status: 'False', reason: 'Why', message: 'because' } }),
      ),
      'False | Why | because',
    );
    assert.equal(
      dependencyOf(annotated(dependency), foreign([])),
      'Unknown | DependencyNotReady | Dependency Service display is not ready',
    );
  });

  for (const value of [
    '{',
    'null',
    '[]',
    { kind: 'A' },
    { ...dependency, namespace: 'other' },
    { ...dependency, name: 1 },
  ])
    test(`${JSON.stringify(value)} is refused`, () =>
      assert.match(dependencyOf(annotated(value)), /^False \| InvalidDependency \| /));
});

test('control-plane 26 no. 31: planning changes nothing that it reads', () => {
  const object = Object.freeze(trigger({ delivery: Object.freeze({ deadLetterSink: Object.freeze(serviceRef) }) }));
  assert.equal(planned(object).status.deadLetterSinkUri, serviceUrl);
});
