import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coreFeatures, metadata, options, systemConfigMap, viewOf } from '../../testing/world.ts';
import type { ConfigMap } from '../objects/resource-types.ts';
import { brokerDefaultsFor, defaultBrokerClass, forbidsForeignConfig } from './broker-defaults.ts';
import type { BrokerDefaults } from './broker-defaults.ts';
import type { Features } from './features.ts';

function featuresOf(...configMaps: readonly ConfigMap[]): Features {
  return options().features(viewOf(...configMaps));
}

function kafkaFeatures(data: Record<string, string>): Features {
  return featuresOf(systemConfigMap('config-kafka-features', data));
}

function named(features: Features, of: 'brokerTopicName' | 'triggerGroupName'): string {
  const template = features[of];
  return template.ok ? template.value(metadata('ns', 'a')) : template.error;
}

describe('control-plane 24.9 features', () => {
  test('without ConfigMaps, and with empty ones, the defaults count', () => {
    const absent = featuresOf();
    assert.equal(absent.transportEncryption, 'disabled');
    assert.equal(absent.authenticationOidc, false);
    assert.equal(absent.defaultAuthorizationMode, 'Allow-Same-Namespace');
    assert.equal(absent.initialOffset, 'latest');
    assert.equal(named(absent, 'brokerTopicName'), 'knative-broker-ns-a');
    assert.equal(named(absent, 'triggerGroupName'), 'knative-trigger-ns-a');
    assert.deepEqual(absent.problems, []);
    const empty = featuresOf(coreFeatures({}), systemConfigMap('config-kafka-features', {}));
    assert.deepEqual(
      { ...empty, brokerTopicName: 0, triggerGroupName: 0 },
      { ...absent, brokerTopicName: 0, triggerGroupName: 0 },
    );
  });

  test('flags count whatever their case, and keys that begin with "_" do not', () => {
    const read = featuresOf(
      coreFeatures({
        'transport-encryption': 'Permissive',
        'authentication-oidc': 'ENABLED',
        'default-authorization-mode': 'deny-ALL',
        'eventtype-auto-create': 'enabled',
        _example: 'transport-encryption: strict',
      }),
    );
    assert.equal(read.transportEncryption, 'permissive');
    assert.equal(read.authenticationOidc, true);
    assert.equal(read.defaultAuthorizationMode, 'Deny-All');
    assert.equal(read.eventTypeAutoCreate, true);
    assert.deepEqual(read.problems, []);
    assert.equal(featuresOf(coreFeatures({ '_authentication-oidc': 'enabled' })).authenticationOidc, false);
  });

  test('receiver 20.7 X-11: of the flag authentication-oidc, none is off and enabled is on (differs: the controller reads it, a receiver goes by the audience in its contract)', () => {
    assert.equal(featuresOf(coreFeatures({})).authenticationOidc, false);
    assert.equal(featuresOf(coreFeatures({ 'authentication-oidc': 'enabled' })).authenticationOidc, true);
  });

  const unknown: readonly (readonly [string, keyof Features, unknown])[] = [
    ['transport-encryption', 'transportEncryption', 'strict'],
    ['authentication-oidc', 'authenticationOidc', true],
    ['default-authorization-mode', 'defaultAuthorizationMode', 'Deny-All'],
  ];
  for (const [key, field, strictest] of unknown) {
    test(`security X10: an unknown value of ${key} counts as the strictest, and is told`, () => {
      const read = featuresOf(coreFeatures({ [key]: 'enbaled' }));
      assert.equal(read[field], strictest);
      assert.equal(read.problems.length, 1);
      assert.match(
        `${read.problems[0]?.key ?? ''} ${read.problems[0]?.message ?? ''}`,
        new RegExp(`^${key} is "enbaled", expected one of`),
      );
    });
  }

  for (const [dashed, legacy, field] of [
    ['dispatcher-rate-limiter', 'dispatcher.rate-limiter', 'dispatcherRateLimiter'],
    ['dispatcher-ordered-executor-metrics', 'dispatcher.ordered-executor-metrics', 'dispatcherOrderedExecutorMetrics'],
  ] as const) {
    test(`${dashed} is read in both spellings, the dashed one wins, and only "enabled" is on`, () => {
      assert.equal(kafkaFeatures({ [dashed]: 'enabled' })[field], true);
      assert.equal(kafkaFeatures({ [legacy]: 'Enabled' })[field], true);
      assert.equal(kafkaFeatures({ [dashed]: 'disabled', [legacy]: 'enabled' })[field], false);
      assert.equal(kafkaFeatures({ [dashed]: 'allowed' })[field], false);
      assert.equal(kafkaFeatures({ [dashed]: 'on' })[field], false);
    });
  }

  for (const [dashed, legacy, field] of [
    ['brokers-topic-template', 'brokers.topic.template', 'brokerTopicName'],
    ['triggers-consumergroup-template', 'triggers.consumergroup.template', 'triggerGroupName'],
  ] as const) {
    test(`${dashed} is read in both spellings and may use .UID`, () => {
      assert.equal(named(kafkaFeatures({ [dashed]: 'x-{{ .UID }}' }), field), 'x-uid of a');
      assert.equal(named(kafkaFeatures({ [legacy]: 'y-{{.Name}}' }), field), 'y-a');
      assert.equal(named(kafkaFeatures({ [dashed]: 'x', [legacy]: 'y' }), field), 'x');
    });

    test(`a ${dashed} that does not parse rejects its ConfigMap: nothing is named by it, no flag is on, and it is told`, () => {
      const read = kafkaFeatures({ [dashed]: '{{ .Name | upper }}', 'dispatcher-rate-limiter': 'enabled' });
      assert.match(named(read, field), /^ConfigMap config-kafka-features: .* is no template/);
      assert.equal(read.dispatcherRateLimiter, false);
      assert.deepEqual(
        read.problems.map(({ key }) => key),
        [dashed],
      );
    });
  }

  const offsets: readonly (readonly [string, 'latest' | 'earliest'])[] = [
    ['auto.offset.reset=latest', 'latest'],
    ['a=b\n  auto.offset.reset = Latest \nc=d', 'latest'],
    ['auto.offset.reset=earliest', 'earliest'],
    ['auto.offset.reset=none', 'earliest'],
    ['#auto.offset.reset=earliest', 'latest'],
    ['auto.offset.reset=earliest\nauto.offset.reset=latest', 'latest'],
    ['enable.auto.commit=false', 'latest'],
  ];
  for (const [properties, expected] of offsets) {
    test(`control-plane 5.3: ${JSON.stringify(properties)} starts groups at ${expected}`, () => {
      const data = { 'config-kafka-broker-consumer.properties': properties };
      assert.equal(featuresOf(systemConfigMap('config-kafka-broker-data-plane', data)).initialOffset, expected);
    });
  }

  test('what was read is read again only when a ConfigMap changed', () => {
    const { features } = options();
    const view = viewOf(coreFeatures({ 'authentication-oidc': 'enabled' }));
    assert.equal(features(view), features(view));
    assert.equal(features(viewOf()).authenticationOidc, false);
    assert.equal(features(view).authenticationOidc, true);
  });
});

describe('control-plane 18.3 defaults of Brokers', () => {
  const text = `
clusterDefault:
  brokerClass: Kafka
  apiVersion: v1
  kind: ConfigMap
  name: kafka-broker-config
  namespace: knative-eventing
  delivery: { retry: 3, backoffDelay: PT0.2S }
  brokerClasses:
    KafkaNamespaced: { kind: ConfigMap, name: own }
namespaceDefaults:
  theirs:
    brokerClass: MTChannelBasedBroker
    kind: ConfigMap
    name: channels
  strict:
    disallowDifferentNamespaceConfig: true
`;
  const read = (value: string): Features =>
    featuresOf(systemConfigMap('config-br-defaults', { 'default-br-config': value }));
  const defaults: BrokerDefaults = read(text).brokerDefaults;

  test('class, configuration and delivery are chosen by namespace, then by cluster', () => {
    assert.equal(defaultBrokerClass(defaults, 'any'), 'Kafka');
    assert.equal(defaultBrokerClass(defaults, 'theirs'), 'MTChannelBasedBroker');
    assert.equal(brokerDefaultsFor(defaults, 'any', 'Kafka')?.name, 'kafka-broker-config');
    assert.equal(brokerDefaultsFor(defaults, 'any', 'Kafka')?.delivery?.retry, 3);
    assert.equal(brokerDefaultsFor(defaults, 'any', 'KafkaNamespaced')?.name, 'own');
    assert.equal(
      brokerDefaultsFor(defaults, 'theirs', 'Kafka')?.name,
      'kafka-broker-config',
      'theirs are for another class',
    );
    assert.equal(brokerDefaultsFor(defaults, 'strict', 'Kafka')?.name, 'kafka-broker-config');
    assert.equal(brokerDefaultsFor(defaults, 'any', 'Other'), undefined);
  });

  test('foreign configurations may be forbidden for a namespace', () => {
    assert.equal(forbidsForeignConfig(defaults, 'strict'), true);
    assert.equal(forbidsForeignConfig(defaults, 'any'), false);
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ['a: [', /^is no YAML/],
    ['clusterDefault: { brokerClass: 1 }', /^clusterDefault\.brokerClass is the number 1/],
    ['clusterDefault: { delivery: { retry: many } }', /^clusterDefault\.delivery\.retry/],
    ['namespaceDefaults: { a: { disallowDifferentNamespaceConfig: perhaps } }', /perhaps/],
    ['just text', /is "just text"/],
  ];
  for (const [value, message] of broken) {
    test(`${value} is told, and nothing is defaulted by it`, () => {
      const features = read(value);
      assert.deepEqual(features.brokerDefaults, {});
      assert.equal(features.problems[0]?.configMap, 'config-br-defaults');
      assert.match(features.problems[0].message, message);
    });
  }

  test('a YAML that stands for gigabytes is not followed', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'
        .split('')
        .map(
          (name, index) =>
            `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[index] ?? ''}`).join(', ')}]`,
        ),
    ].join('\n');
    assert.match(read(bomb).problems[0]?.message ?? '', /^is no YAML/);
  });
});
