import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { applyObject } from '@eventing-kafka/kubernetes';
import type { Manifest } from '../installation.ts';
import { identity } from '../manifests.ts';
import { type AcceptanceSuite, beginning, namespaces } from './acceptance-suite.ts';
import { plainSecret } from './broker-fixtures.ts';
import { accessTo } from './secret-access.ts';
import { readyPolicy, servingCertificate } from './security-fixtures.ts';

const owned = { numPartitions: 10, replicationFactor: 1 };
const ingress = 'http://kafka-sink-ingress.knative-eventing.svc.cluster.local';

function topicOf(name: string): string {
  return `knative-sink-${namespaces.sinks}-${name}`;
}

function allTrue(topic: string, owner: 'kafkasink-controller' | 'external'): Readonly<Record<string, string>> {
  return {
    DataPlaneAvailable: 'True',
    ConfigParsed: 'True',
    TopicReady: `True | Topic ${topic} (owner ${owner})`,
    ConfigMapUpdated: 'True | Contract updated',
    EventPoliciesReady: 'True | OIDCDisabled | Feature "authentication-oidc" must be enabled to support Authorization',
    ProbeSucceeded: 'True',
    Addressable: 'True',
    Ready: 'True',
  };
}

/** Rows of control-plane 24.8. */
export function kafkaSinkRows(suite: () => AcceptanceSuite): void {
  function sink(name: string, spec: object = owned): Manifest {
    return {
      apiVersion: 'eventing.knative.dev/v1alpha1',
      kind: 'KafkaSink',
      metadata: { namespace: namespaces.sinks, name },
      spec: { topic: topicOf(name), bootstrapServers: [suite().kafka.bootstrapServers], ...spec },
    };
  }

  test('control-plane 24.8 S1: a topic, an address, all conditions True, a finalizer', async () => {
    const { installation, topics, shows } = suite();
    const object = sink('s1');
    await installation.apply(object);
    const { metadata, status } = await shows(identity(object), allTrue(topicOf('s1'), 'kafkasink-controller'));
    const topic = await topics.describe(topicOf('s1'));
    assert.deepEqual([topic?.partitions, topic?.replicationFactor], [10, 1]);
    const address = { name: 'http', url: `${ingress}/${namespaces.sinks}/s1` };
    assert.deepEqual([status?.address, status?.addresses], [address, [address]]);
    assert.deepEqual(metadata.finalizers, ['kafkasinks.eventing.knative.dev']);
    assert.equal(status?.annotations?.['eventing.knative.dev/topic.owner'], 'kafkasink-controller');
  });

  test('control-plane 24.8 S3: its Secret may be read by receivers, and gets no finalizer', async () => {
    const { installation, shows } = suite();
    const secret = plainSecret(namespaces.sinks, 'secret-3');
    const object = sink('s3', { ...owned, auth: { secret: { ref: { name: 'secret-3' } } } });
    await installation.apply(object);
    await shows(identity(object), { TopicReady: /^False \| .*secrets "secret-3" not found/, Ready: /^False/ });
    await installation.apply(secret);
    await shows(identity(object), allTrue(topicOf('s3'), 'kafkasink-controller'));
    assert.deepEqual((await installation.read(identity(secret)))?.metadata.finalizers ?? [], []);
    assert.ok(await accessTo(installation, namespaces.sinks, 'secret-3'));
  });

  test('control-plane 24.8 S4, S5: without partitions and replicas the topic is somebody else’s: told while it is missing, used when it is there', async () => {
    const { installation, topics, shows, describe } = suite();
    const object = sink('s4', {});
    await installation.apply(object);
    const why = `topics [${topicOf('s4')}]: `;
    const { status } = await shows(identity(object), {
      TopicReady: beginning(`False | Topic is not present or invalid | ${why}`),
    });
    assert.equal(status?.annotations?.['eventing.knative.dev/topic.owner'], 'external');
    await eventually('an event tells it', async () => (await describe(identity(object))).includes(why));
    await topics.create({ name: topicOf('s4'), partitions: 2, replicationFactor: 1 });
    await shows(identity(object), allTrue(topicOf('s4'), 'external'));
  });

  test('control-plane 24.8 S6: a topic and servers of its own are used as written', async () => {
    const { installation, topics, shows } = suite();
    const object = sink('s6', { ...owned, topic: 'my-topic-1', contentMode: 'structured' });
    await installation.apply(object);
    await shows(identity(object), allTrue('my-topic-1', 'kafkasink-controller'));
    assert.equal((await topics.describe('my-topic-1'))?.partitions, 10);
  });

  test('control-plane 24.8 S7: a topic that cannot be made is told, with what Kafka says', async () => {
    const { installation, shows } = suite();
    const object = sink('s7', { ...owned, replicationFactor: 5 });
    await installation.apply(object);
    await shows(identity(object), {
      TopicReady: new RegExp(`^False \\| Failed to create topic: ${topicOf('s7')} \\| .*replication factor`, 'i'),
      Ready: /^False/,
    });
    const row = await installation.cluster.kubectl(['get', 'kafkasink', '-n', namespaces.sinks, 's7']);
    assert.match(row, /^s7 .*False +Failed to create topic/m, 'kubectl get answers why not');
  });

  test('control-plane 24.8 S13, S16: without a receiver the data plane is missing; one that does not answer is named', async () => {
    const { installation, shows, scale, withStopped } = suite();
    await scale('kafka-sink-receiver', 0);
    const object = sink('s13');
    await installation.apply(object);
    await shows(identity(object), {
      DataPlaneAvailable: 'False | Data plane not available | Did you install the data plane for this component?',
      Addressable: 'Unknown',
    });
    await scale('kafka-sink-receiver', 1);
    await shows(identity(object), allTrue(topicOf('s13'), 'kafkasink-controller'));
    await withStopped('kafka-sink-receiver', async ([pod = '']) => {
      const later = sink('s16');
      await installation.apply(later);
      await shows(identity(later), {
        ProbeSucceeded: `False | ProbeStatus | status: NotReady - not yet acknowledged by ${pod}`,
        Addressable: 'Unknown',
      });
    });
    await shows(identity(sink('s16')), allTrue(topicOf('s16'), 'kafkasink-controller'));
  });

  test('control-plane 24.8 S18: permissive encryption gives both addresses, https first', async () => {
    const { installation, shows, withFeatures } = suite();
    const secret = await servingCertificate(installation, 'kafka-sink-ingress-server-tls');
    const object = sink('s18');
    await installation.apply(secret, object);
    await withFeatures('config-features', { 'transport-encryption': 'permissive' }, async () => {
      const { status } = await installation.becomes(
        identity(object),
        'has two addresses',
        (now) => now.status?.addresses?.length === 2,
      );
      const url = `${ingress}/${namespaces.sinks}/s18`;
      const { address, addresses = [] } = status ?? {};
      assert.deepEqual(
        addresses.map((each) => each.url),
        [url.replace('http:', 'https:'), url],
      );
      assert.equal(address?.url, url);
      await shows(identity(object), { Ready: 'True' });
    });
    await installation.remove(identity(secret));
  });

  test('control-plane 24.8 S20, S21: with OIDC its address carries its audience, Deny-All admits nobody and a Ready policy stands in the status', async () => {
    const { installation, shows, withFeatures } = suite();
    const object = sink('s20');
    await installation.apply(object);
    await shows(identity(object), allTrue(topicOf('s20'), 'kafkasink-controller'));
    const features = { 'authentication-oidc': 'enabled', 'default-authorization-mode': 'Deny-All' };
    const [policy, policyStatus] = readyPolicy(namespaces.sinks, 'ready', identity(object));
    await withFeatures('config-features', features, async () => {
      const { status } = await shows(identity(object), {
        EventPoliciesReady: 'True | DefaultAuthorizationMode | Default authz mode is "Deny-All"',
        ProbeSucceeded: 'True',
        Ready: 'True',
      });
      const [address] = (status?.addresses ?? []) as readonly { readonly audience?: string }[];
      assert.equal(address?.audience, `eventing.knative.dev/kafkasink/${namespaces.sinks}/s20`);
      await installation.apply(policy);
      await applyObject(installation.client, policyStatus, { fieldManager: 'knative', subresource: 'status' });
      const judged = await shows(identity(object), { EventPoliciesReady: 'True' });
      assert.deepEqual(judged.status?.['policies'], [{ apiVersion: 'eventing.knative.dev/v1alpha1', name: 'ready' }]);
    });
    await installation.remove(identity(policy));
    await shows(identity(object), allTrue(topicOf('s20'), 'kafkasink-controller'));
  });

  test('control-plane 24.8 SF1, SF2: a topic that was made goes with it, an external one stays', async () => {
    const { installation, topics } = suite();
    const [made, external] = [identity(sink('s1')), identity(sink('s4'))];
    await installation.remove(made, external);
    await installation.gone(60_000, made, external);
    await suite().topicGone(topicOf('s1'));
    assert.ok(await topics.describe(topicOf('s4')));
  });

  test('control-plane 24.8 SF4: the topic is kept until every receiver has acknowledged that the KafkaSink is gone', async () => {
    const { installation, topics, withStopped } = suite();
    const object = identity(sink('s6'));
    await withStopped('kafka-sink-receiver', async () => {
      await installation.remove(object);
      await installation.becomes(
        object,
        'is on its way out',
        ({ metadata }) => metadata.deletionTimestamp !== undefined,
      );
      assert.ok(await topics.describe('my-topic-1'));
    });
    await installation.gone(60_000, object);
    await suite().topicGone('my-topic-1');
  });
}
