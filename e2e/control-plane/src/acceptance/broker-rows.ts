import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, freePort } from '@eventing-kafka/e2e-support';
import { identity } from '../manifests.ts';
import { type AcceptanceSuite, beginning, namespaces, service } from './acceptance-suite.ts';
import { allTrue, brokerIngress, goodData, plainSecret, rowBroker, settings, topicOf } from './broker-fixtures.ts';
import { accessTo } from './secret-access.ts';

/** Rows of control-plane 24.1 about the topic, the settings and the data plane of a Broker. */
export function brokerRows(suite: () => AcceptanceSuite): void {
  test('control-plane 24.1 B1: a topic with its configuration, an address, all conditions True, a finalizer, and events that tell', async () => {
    const { installation, topics, kafka, shows, describe } = suite();
    const data = { ...goodData(kafka.bootstrapServers), 'default.topic.config.retention.ms': '1000000' };
    const broker = rowBroker('b1', { config: 'with-retention' });
    await installation.apply(settings('with-retention', data), broker);
    const { metadata, status } = await shows(identity(broker), allTrue(topicOf('b1')));
    const topic = await topics.describe(topicOf('b1'));
    assert.deepEqual([topic?.partitions, topic?.replicationFactor], [20, 1]);
    assert.equal((await topics.config(topicOf('b1'), ['retention.ms'])).get('retention.ms'), '1000000');
    const address = { name: 'http', url: `${brokerIngress}/${namespaces.brokers}/b1` };
    assert.deepEqual(status?.address, address);
    assert.deepEqual(status.addresses, [address]);
    assert.deepEqual(metadata.finalizers, ['brokers.eventing.knative.dev']);
    const { annotations = {} } = status;
    assert.equal(annotations['default.topic'], topicOf('b1'));
    for (const [key, value] of Object.entries(goodData(kafka.bootstrapServers))) assert.equal(annotations[key], value);
    await eventually('kubectl describe tells what happened', async () => {
      const text = await describe(identity(broker));
      return /FinalizerUpdate .*Updated "b1" finalizers/.test(text) && /TopicCreated .*b1/.test(text);
    });
  });

  test('control-plane 24.1 B2: an external topic is used as it is', async () => {
    const { installation, topics, shows } = suite();
    await topics.create({ name: 'test-topic', partitions: 3, replicationFactor: 1 });
    const broker = rowBroker('b2', { annotations: externalTopic('test-topic') });
    await installation.apply(broker);
    const { status } = await shows(identity(broker), allTrue('test-topic'));
    assert.equal(status?.annotations?.['default.topic'], 'test-topic');
    assert.equal((await topics.describe('test-topic'))?.partitions, 3);
    assert.equal(await topics.describe(topicOf('b2')), undefined);
  });

  test('control-plane 24.1 B3: an external topic that is not there is told in TopicReady and in an event, until it is there', async () => {
    const { installation, topics, shows, describe } = suite();
    const broker = rowBroker('b3', { annotations: externalTopic('my-not-present-topic') });
    await installation.apply(broker);
    const why = 'topics [my-not-present-topic]: invalid topic my-not-present-topic';
    const { status } = await shows(identity(broker), {
      TopicReady: beginning(`False | Topic is not present or invalid | ${why}`),
      Ready: /^False \| Topic is not present or invalid/,
    });
    assert.equal(status?.address, undefined);
    await eventually('an event tells it', async () => (await describe(identity(broker))).includes(why));
    await topics.create({ name: 'my-not-present-topic', partitions: 1, replicationFactor: 1 });
    await shows(identity(broker), allTrue('my-not-present-topic'));
  });

  test('control-plane 24.1 B4: a receiver that does not answer is named, and there is no address; when it answers, all is True', async () => {
    const { installation, shows, withStopped } = suite();
    const broker = rowBroker('b4');
    await withStopped('kafka-broker-receiver', async ([pod = '']) => {
      await installation.apply(broker);
      const { status } = await shows(identity(broker), {
        ...allTrue(topicOf('b4')),
        ProbeSucceeded: `False | ProbeStatus | status: NotReady - not yet acknowledged by ${pod}`,
        Addressable: 'Unknown',
        Ready: /^False \| ProbeStatus/,
      });
      assert.equal(status?.address, undefined);
    });
    await shows(identity(broker), allTrue(topicOf('b4')));
  });

  test('control-plane 24.1 B6: the dead letter sink is resolved, and gone from the status when it is gone from the spec', async () => {
    const { installation, shows } = suite();
    const broker = rowBroker('b6', { spec: { delivery: { deadLetterSink: { ref: service.ref } } } });
    await installation.apply(broker);
    const { status } = await shows(identity(broker), allTrue(topicOf('b6')));
    assert.equal(status?.['deadLetterSinkUri'], service.url);
    await installation.apply(rowBroker('b6'));
    const without = await shows(identity(broker), allTrue(topicOf('b6')));
    assert.equal(without.status?.['deadLetterSinkUri'], undefined);
  });

  test('control-plane 24.1 B8: a topic that cannot be made is told in TopicReady, with what Kafka says', async () => {
    const { installation, kafka, shows, describe } = suite();
    const data = { ...goodData(kafka.bootstrapServers), 'default.topic.replication.factor': '5' };
    const broker = rowBroker('b8', { config: 'five-replicas' });
    await installation.apply(settings('five-replicas', data), broker);
    const { status } = await shows(identity(broker), {
      ConfigParsed: 'True',
      TopicReady: new RegExp(`^False \\| Failed to create topic: ${topicOf('b8')} \\| .*replication factor`, 'i'),
    });
    assert.equal(status?.annotations?.['default.topic'], undefined);
    assert.equal(status?.annotations?.['default.topic.replication.factor'], '5');
    await eventually('an event tells it', async () => (await describe(identity(broker))).includes(topicOf('b8')));
    const row = await installation.cluster.kubectl(['get', 'broker', '-n', namespaces.brokers, 'b8']);
    assert.match(row, /^b8 .*False +Failed to create topic/m, 'kubectl get answers why not');
    await installation.apply(settings('five-replicas', goodData(kafka.bootstrapServers)));
    await shows(identity(broker), allTrue(topicOf('b8')));
  });

  test('control-plane 24.1 B9 and 24.10: servers that do not answer, from the start or by an edit, make it not Ready', async () => {
    const { installation, kafka, shows } = suite();
    const nobody = goodData(`127.0.0.1:${await freePort()}`);
    const broker = rowBroker('b9', { config: 'nobody' });
    await installation.apply(settings('nobody', nobody), broker);
    const unreachable = { TopicReady: /^False \| Failed to obtain Kafka cluster admin \| ./, Ready: /^False/ };
    await shows(identity(broker), unreachable);
    await installation.apply(settings('nobody', goodData(kafka.bootstrapServers)));
    await shows(identity(broker), allTrue(topicOf('b9')));
    await installation.apply(settings('nobody', nobody));
    await shows(identity(broker), unreachable);
    await installation.apply(settings('nobody', goodData(kafka.bootstrapServers)));
    await shows(identity(broker), allTrue(topicOf('b9')));
  });

  test('control-plane 24.1 B16: a dead letter sink that says nothing is refused by admission', async () => {
    const { installation } = suite();
    const broker = rowBroker('b16', { spec: { delivery: { deadLetterSink: {} } } });
    await assert.rejects(installation.apply(broker), /spec\.delivery\.deadLetterSink/);
  });

  test('control-plane 24.1 B16: a dead letter sink that is not there keeps the topic and leaves ConfigParsed False until it is', async () => {
    const { installation, shows } = suite();
    const later = { ...service.ref, name: 'later' };
    const broker = rowBroker('b16', { spec: { delivery: { deadLetterSink: { ref: later } } } });
    await installation.apply(broker);
    await shows(identity(broker), {
      ConfigParsed:
        /^False \| failed to resolve Spec\.Delivery\.DeadLetterSink: .*test-service-namespace\/later.* not found/,
      TopicReady: `True | Topic ${topicOf('b16')} created`,
    });
    const { apiVersion, kind, ...metadata } = later;
    await installation.apply({ apiVersion, kind, metadata, spec: { ports: [{ port: 80 }] } });
    await shows(identity(broker), allTrue(topicOf('b16')));
  });

  test('control-plane 24.1 B17: settings without servers are told, and no topic is made', async () => {
    const { installation, topics, kafka, shows } = suite();
    const { 'bootstrap.servers': _servers, ...data } = goodData(kafka.bootstrapServers);
    const broker = rowBroker('b17', { config: 'without-servers' });
    await installation.apply(settings('without-servers', data), broker);
    await shows(identity(broker), {
      ConfigParsed: /invalid configuration - numPartitions: 20 - replicationFactor: 1 - bootstrapServers: \[\]/,
      TopicReady: 'Unknown',
    });
    assert.equal(await topics.describe(topicOf('b17')), undefined);
  });

  test('control-plane 24.1 B19: the Secret that the settings name gets our finalizer, and the data plane gets to read it, and it alone', async () => {
    const { installation, kafka, shows } = suite();
    const data = { ...goodData(kafka.bootstrapServers), 'auth.secret.ref.name': 'secret-1' };
    const secret = plainSecret(namespaces.configs, 'secret-1');
    const broker = rowBroker('b19', { config: 'with-secret' });
    await installation.apply(secret, settings('with-secret', data), broker);
    const { metadata, status } = await shows(identity(broker), allTrue(topicOf('b19')));
    assert.equal(status?.annotations?.['auth.secret.ref.name'], 'secret-1');
    const { metadata: kept } = (await installation.read(identity(secret))) ?? {};
    assert.deepEqual(kept?.finalizers, [`kafka.eventing/${metadata.uid ?? ''}`]);
    const access = await accessTo(installation, namespaces.configs, 'secret-1');
    assert.deepEqual(access?.rules, [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['secret-1'], verbs: ['get'] },
    ]);
    assert.deepEqual(access.subjects, ['kafka-dispatcher', 'kafka-receiver']);
  });

  test('a Secret of a namespace that nobody is granted is not called missing: the condition says what to grant', async () => {
    const { installation, kafka, shows } = suite();
    const namespace = namespaces.services;
    const data = { ...goodData(kafka.bootstrapServers), 'auth.secret.ref.name': 'hidden' };
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'hidden' }, data };
    const broker = rowBroker('hidden', {
      spec: { config: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'hidden' } },
    });
    await installation.apply(plainSecret(namespace, 'hidden'), config, broker);
    const why = `failed to get secret ${namespace}/hidden: it may not be read here, expected namespace ${namespace} among `;
    await shows(identity(broker), { TopicReady: beginning(`False | Failed to get broker auth secret | ${why}`) });
  });

  test('control-plane 24.1 B20: a ConfigMap that is not there is named, and wakes its Broker when it comes', async () => {
    const { installation, kafka, shows } = suite();
    const broker = rowBroker('b20', { config: 'later' });
    await installation.apply(broker);
    await shows(identity(broker), {
      DataPlaneAvailable: 'True',
      ConfigParsed: `False | unable to rebuild topic config, failed to get configmap ${namespaces.configs}/later`,
    });
    await installation.apply(settings('later', goodData(kafka.bootstrapServers)));
    await shows(identity(broker), allTrue(topicOf('b20')));
  });

  test('control-plane 24.1 B21: settings of another kind are refused by admission', async () => {
    const { installation } = suite();
    const broker = rowBroker('b21', { spec: { config: { apiVersion: 'v1', kind: 'Pod', name: 'a' } } });
    await assert.rejects(installation.apply(broker), /invalid value: Pod: spec\.config\.kind/);
  });

  test('control-plane 24.1 B23: without any receiver the Broker says that the data plane is missing, and is served when one comes', async () => {
    const { installation, scale, shows } = suite();
    await scale('kafka-broker-receiver', 0);
    const broker = rowBroker('b23');
    await installation.apply(broker);
    await shows(identity(broker), {
      DataPlaneAvailable: 'False | Data plane not available | Did you install the data plane for this component?',
      ProbeSucceeded: 'Unknown',
      Addressable: 'Unknown',
    });
    await scale('kafka-broker-receiver', 1);
    await shows(identity(broker), allTrue(topicOf('b23')));
  });

  test('control-plane 24.1 B30: the template of ConfigMap config-kafka-features names the topic', async () => {
    const { installation, topics, shows, withFeatures } = suite();
    const template = { 'brokers-topic-template': 'custom-broker-template.{{ .Namespace }}-{{ .Name }}' };
    await withFeatures('config-kafka-features', template, async () => {
      const broker = rowBroker('b30');
      await installation.apply(broker);
      const topic = `custom-broker-template.${namespaces.brokers}-b30`;
      const { status } = await shows(identity(broker), allTrue(topic));
      assert.equal(status?.annotations?.['default.topic'], topic);
      assert.ok(await topics.describe(topic));
    });
    // A topic once used keeps its name (24.1 B20).
    await shows(identity(rowBroker('b30')), allTrue(`custom-broker-template.${namespaces.brokers}-b30`));
  });
}

function externalTopic(name: string): Readonly<Record<string, string>> {
  return { 'kafka.eventing.knative.dev/external.topic': name };
}
