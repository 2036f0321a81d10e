import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { mergePatchObject } from '@eventing-kafka/kubernetes';
import type { Manifest } from '../installation.ts';
import { identity } from '../manifests.ts';
import { type AcceptanceSuite, namespaces, service } from './acceptance-suite.ts';
import { allTrue, goodData, plainSecret, rowBroker, settings, topicOf } from './broker-fixtures.ts';
import { noAccessTo } from './secret-access.ts';

/** How long a deletion may take when something it needs is missing; it has given up on it by then. */
const boundedMs = 60_000;

/** Rows of control-plane 24.2: what a Broker takes along, and what it leaves. */
export function brokerDeletionRows(suite: () => AcceptanceSuite): void {
  /** Makes a Broker, has it served, and gives what deletes it. */
  async function served(broker: Manifest, topic = topicOf(broker.metadata.name)): Promise<() => Promise<void>> {
    const { installation, shows } = suite();
    await installation.apply(broker);
    await shows(identity(broker), allTrue(topic));
    return async () => {
      await installation.remove(identity(broker));
      await installation.gone(boundedMs, identity(broker));
    };
  }

  /** What was said of an object in events, also when it is gone. */
  async function told(name: string): Promise<string> {
    const { cluster } = suite().installation;
    return cluster.kubectl([
      'get',
      'events',
      '-n',
      namespaces.brokers,
      '--field-selector',
      `involvedObject.name=${name}`,
    ]);
  }

  test('control-plane 24.2 BF1: its topic is deleted, and then it goes', async () => {
    const deleted = await served(rowBroker('bf1'));
    await deleted();
    await suite().topicGone(topicOf('bf1'));
    await eventually('events tell it', async () => /TopicDeleted .*bf1/.test(await told('bf1')));
  });

  test('control-plane 24.2 BF2 and 24.10: without its ConfigMap, by what its status holds of it', async () => {
    const { installation, kafka } = suite();
    const config = settings('gone', goodData(kafka.bootstrapServers));
    await installation.apply(config);
    const deleted = await served(rowBroker('bf2', { config: 'gone' }));
    await installation.remove(identity(config));
    await installation.gone(boundedMs, identity(config));
    await deleted();
    await suite().topicGone(topicOf('bf2'));
  });

  test('control-plane 24.2 BF4: the topic is kept until every receiver has acknowledged that the Broker is gone', async () => {
    const { installation, topics, withStopped } = suite();
    const broker = rowBroker('bf4');
    await served(broker);
    const generation = async (): Promise<number> => {
      const status = (await installation.status()) as
        { readonly contract: { readonly generation: number } } | undefined;
      return status?.contract.generation ?? 0;
    };
    const before = await generation();
    await withStopped('kafka-broker-receiver', async () => {
      await installation.remove(identity(broker));
      await eventually('a contract without it is pushed', async () => (await generation()) > before);
      assert.ok(await topics.describe(topicOf('bf4')), 'the topic is there');
      assert.ok(await installation.read(identity(broker)), 'and so is the Broker');
    });
    await installation.gone(boundedMs, identity(broker));
    await suite().topicGone(topicOf('bf4'));
  });

  test('control-plane 24.2 BF6: an external topic is kept, its Secret and the rights to it are given back', async () => {
    const { installation, topics, kafka } = suite();
    const secret = plainSecret(namespaces.configs, 'secret-6');
    const data = { ...goodData(kafka.bootstrapServers), 'auth.secret.ref.name': 'secret-6' };
    await topics.create({ name: 'kept', partitions: 1, replicationFactor: 1 });
    await installation.apply(secret, settings('with-secret-6', data));
    const annotations = { 'kafka.eventing.knative.dev/external.topic': 'kept' };
    const deleted = await served(rowBroker('bf6', { config: 'with-secret-6', annotations }), 'kept');
    await deleted();
    assert.ok(await topics.describe('kept'));
    assert.deepEqual((await installation.read(identity(secret)))?.metadata.finalizers ?? [], []);
    await noAccessTo(installation, namespaces.configs, 'secret-6');
  });

  test('control-plane 24.2 BF7 and 24.10: a Secret that is gone holds nothing up for ever', async () => {
    const { installation, topics, kafka } = suite();
    const secret = plainSecret(namespaces.configs, 'secret-7');
    const data = { ...goodData(kafka.bootstrapServers), 'auth.secret.ref.name': 'secret-7' };
    await installation.apply(secret, settings('with-secret-7', data));
    const broker = rowBroker('bf7', { config: 'with-secret-7' });
    const deleted = await served(broker);
    await installation.remove(identity(secret));
    // By force, as whoever wants it gone does.
    await mergePatchObject(installation.client, identity(secret), { metadata: { finalizers: null } });
    await installation.gone(boundedMs, identity(secret));
    await suite().shows(identity(broker), { TopicReady: /^False \| Failed to get broker auth secret/ });
    await deleted();
    if ((await topics.describe(topicOf('bf7'))) === undefined) return;
    await eventually('an event names the topic', async () => /DataLeftBehind .*bf7/.test(await told('bf7')));
  });

  test('control-plane 24.2 BF8: with settings that became nonsense it goes by what its status holds', async () => {
    const { installation, kafka, shows } = suite();
    await installation.apply(settings('nonsense', goodData(kafka.bootstrapServers)));
    const broker = rowBroker('bf8', { config: 'nonsense' });
    const deleted = await served(broker);
    await installation.apply(settings('nonsense', { foo: 'bar' }));
    await shows(identity(broker), { ConfigParsed: /^False/ });
    await deleted();
    await suite().topicGone(topicOf('bf8'));
  });

  test('control-plane 24.2 BF12: a topic that somebody else deleted first is no matter', async () => {
    const { topics } = suite();
    const deleted = await served(rowBroker('bf12'));
    await topics.delete(topicOf('bf12'));
    await deleted();
    assert.ok(!(await told('bf12')).includes('DataLeftBehind'));
  });

  test('control-plane 24.2 BF13: a Broker that never was in the contract goes with the topic that was made', async () => {
    const { installation, shows } = suite();
    const deadLetterSink = { ref: { ...service.ref, name: 'never' } };
    const broker = rowBroker('bf13', { spec: { delivery: { deadLetterSink } } });
    await installation.apply(broker);
    await shows(identity(broker), { ConfigParsed: /^False/, TopicReady: `True | Topic ${topicOf('bf13')} created` });
    await installation.remove(identity(broker));
    await installation.gone(boundedMs, identity(broker));
    await suite().topicGone(topicOf('bf13'));
  });
}
