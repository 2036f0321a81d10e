import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { identity } from '../manifests.ts';
import { type AcceptanceSuite, namespaces, service } from './acceptance-suite.ts';
import { goodData, rowBroker, settings, topicOf } from './broker-fixtures.ts';
import { groupOf, rowTrigger, triggerTrue } from './trigger-fixtures.ts';

/** Rows of control-plane 24.5. They share the Broker `owner`, unless they are about a Broker. */
export function triggerRows(suite: () => AcceptanceSuite): void {
  const owner = rowBroker('owner');

  async function post(broker: string, id: string): Promise<void> {
    const path = `/${namespaces.brokers}/${broker}`;
    await eventually(`${id} is accepted`, async () => (await suite().installation.post(path, { id })) === 202);
  }

  function idsAt(path: string): readonly string[] {
    return suite()
      .installation.subscriber.received(path)
      .events.map(({ id }) => id);
  }

  async function arrives(broker: string, id: string, path: string): Promise<void> {
    await post(broker, id);
    await eventually(`${id} arrives at ${path}`, () => idsAt(path).includes(id));
  }

  test('control-plane 24.5 V1: its group is named, all is resolved, and it waits for the dispatchers, named, to acknowledge', async () => {
    const { installation, shows, withStopped } = suite();
    const trigger = rowTrigger('v1', 'owner');
    await installation.apply(owner);
    await shows(identity(owner), { Ready: 'True' });
    await withStopped('kafka-broker-dispatcher', async ([pod = '']) => {
      await installation.apply(trigger);
      await shows(identity(trigger), {
        ...triggerTrue,
        DependencyReady: `Unknown | failed to reconcile consumer group | consumer group is not ready: not yet acknowledged by ${pod}`,
        Ready: /^Unknown \| failed to reconcile consumer group/,
      });
    });
    const { metadata, status } = await shows(identity(trigger), triggerTrue);
    assert.equal(status?.annotations?.['group.id'], groupOf('v1'));
    assert.equal(status['subscriberUri'], `${service.url}/v1`);
    assert.deepEqual(metadata.finalizers, ['kafka.triggers.eventing.knative.dev']);
    await arrives('owner', 'v1', '/v1');
  });

  test('control-plane 24.10: a Trigger made later does not get what was sent before it was Ready', async () => {
    const { installation, shows } = suite();
    await arrives('owner', 'before', '/v1');
    const later = rowTrigger('later', 'owner');
    await installation.apply(later);
    await shows(identity(later), triggerTrue);
    await arrives('owner', 'after', '/later');
    assert.deepEqual(idsAt('/later'), ['after']);
  });

  test('control-plane 24.5 V2: the delivery of its Broker counts, and what nobody takes reaches the dead letter sink; one of its own replaces it', async () => {
    const { installation, shows } = suite();
    const deadLetterSink = { ref: service.ref, uri: '/dead-letters' };
    const delivery = { deadLetterSink, retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT0.1S' };
    const generous = rowBroker('generous', { spec: { delivery } });
    const nobody = { apiVersion: 'v1', kind: 'Service', namespace: namespaces.services, name: 'nobody' };
    await installation.apply(generous, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: nobody.namespace, name: nobody.name },
      spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
    });
    const spec = { subscriber: { ref: nobody } };
    const trigger = rowTrigger('v2', 'generous', { spec });
    await installation.apply(trigger);
    const { status } = await shows(identity(trigger), { ...triggerTrue, DeadLetterSinkResolved: 'True' });
    assert.equal(status?.['deadLetterSinkUri'], `${service.url}/dead-letters`);
    await arrives('generous', 'v2', '/dead-letters');
    await installation.apply(rowTrigger('v2', 'generous', { spec: { ...spec, delivery: { retry: 1 } } }));
    const own = await shows(identity(trigger), triggerTrue);
    assert.equal(own.status?.['deadLetterSinkUri'], undefined);
  });

  for (const order of ['ordered', 'key']) {
    test(`control-plane 24.5 V3: order ${order} is served, and may be changed`, async () => {
      const { installation, shows } = suite();
      const trigger = rowTrigger('v3', 'owner', {
        annotations: { 'kafka.eventing.knative.dev/delivery.order': order },
      });
      await installation.apply(trigger);
      await shows(identity(trigger), triggerTrue);
      await arrives('owner', `v3-${order}`, '/v3');
    });
  }

  test('control-plane 24.5 V5: an order that does not exist is refused by admission', async () => {
    const trigger = rowTrigger('v5', 'owner', {
      annotations: { 'kafka.eventing.knative.dev/delivery.order': 'invalid' },
    });
    await assert.rejects(suite().installation.apply(trigger), /invalid value: invalid: .*delivery\.order/);
  });

  test('control-plane 24.5 V13: a dead letter sink of its own is in its status', async () => {
    const { installation, shows } = suite();
    const deadLetterSink = { ref: service.ref, uri: '/own-dead-letters' };
    const trigger = rowTrigger('v13', 'owner', { spec: { delivery: { deadLetterSink } } });
    await installation.apply(trigger);
    const { status } = await shows(identity(trigger), { ...triggerTrue, DeadLetterSinkResolved: 'True' });
    assert.equal(status?.['deadLetterSinkUri'], `${service.url}/own-dead-letters`);
  });

  test('a subscriber that is not there is named, with an event, and wakes its Trigger when it comes', async () => {
    const { installation, shows, describe } = suite();
    const coming = { apiVersion: 'v1', kind: 'Service', namespace: namespaces.services, name: 'coming' };
    const trigger = rowTrigger('coming', 'owner', { spec: { subscriber: { ref: coming } } });
    await installation.apply(trigger);
    const why = `failed to get object ${namespaces.services}/coming: services "coming" not found`;
    await shows(identity(trigger), {
      SubscriberResolved: `False | Failed to resolve trigger config | failed to resolve Trigger.Spec.Subscriber: ${why}`,
      Ready: /^False \| Failed to resolve trigger config/,
    });
    await eventually('an event tells it', async () => /NotServing .*coming/.test(await describe(identity(trigger))));
    const row = await installation.cluster.kubectl(['get', 'trigger', '-n', namespaces.brokers, 'coming']);
    assert.match(row, /coming +owner .*False +Failed to resolve trigger config/);
    const { apiVersion, kind, ...metadata } = coming;
    await installation.apply({ apiVersion, kind, metadata, spec: { ports: [{ port: 80 }] } });
    await shows(identity(trigger), triggerTrue);
  });

  test('control-plane 24.5 V14, V15 and 26 no. 1: without its Broker it says so and gets no finalizer; a Broker that is not Ready passes its words on; a good one wakes it', async () => {
    const { installation, kafka, shows } = suite();
    const trigger = rowTrigger('v14', 'absent');
    const broker = rowBroker('absent', { config: 'not-yet' });
    await installation.apply(trigger);
    const { metadata } = await shows(identity(trigger), {
      BrokerReady: 'False | BrokerDoesNotExist | Broker "absent" does not exist',
      Ready: /^False \| BrokerDoesNotExist/,
    });
    assert.deepEqual(metadata.finalizers ?? [], []);
    await installation.apply(broker);
    await shows(identity(trigger), {
      BrokerReady: `False | unable to rebuild topic config, failed to get configmap ${namespaces.configs}/not-yet`,
    });
    await installation.apply(settings('not-yet', goodData(kafka.bootstrapServers)));
    await shows(identity(trigger), triggerTrue);
  });

  test('control-plane 24.4 T12, T14 and 26 no. 2: a Trigger whose Broker is deleted is not Ready, and does not bring its topic back', async () => {
    const { installation, shows, topicGone } = suite();
    const [broker, trigger] = [rowBroker('absent', { config: 'not-yet' }), rowTrigger('v14', 'absent')];
    await installation.remove(identity(broker));
    await installation.gone(60_000, identity(broker));
    await shows(identity(trigger), { BrokerReady: /^False \| BrokerDoesNotExist/, Ready: /^False/ });
    await topicGone(topicOf('absent'));
    await installation.remove(identity(trigger));
    await installation.gone(60_000, identity(trigger));
  });

  test('control-plane 24.5 V17, 24.4 T19: a Trigger of a Broker of another class gets no status and no finalizer', async () => {
    const { installation, shows } = suite();
    const theirs = rowBroker('theirs', { annotations: { 'eventing.knative.dev/broker.class': 'Theirs' } });
    const trigger = rowTrigger('v17', 'theirs');
    await installation.apply(theirs, trigger);
    // What is applied after it has been served by the time that it is looked at.
    const after = rowTrigger('after-v17', 'owner');
    await installation.apply(after);
    await shows(identity(after), triggerTrue);
    for (const object of [theirs, trigger]) {
      const now = await installation.read(identity(object));
      assert.equal(now?.status, undefined);
      assert.deepEqual(now?.metadata.finalizers ?? [], []);
    }
  });

  test('control-plane 24.5 V19: its group goes with it, and its offsets', async () => {
    const { installation, offsets } = suite();
    const committed = async (): Promise<boolean> => {
      const partitions = Array.from({ length: 20 }, (_, index) => index);
      const found = await offsets.fetch([{ groupId: groupOf('v1'), topic: topicOf('owner'), partitions }]);
      return found.some(({ offset }) => offset !== undefined);
    };
    assert.ok(await committed());
    const trigger = identity(rowTrigger('v1', 'owner'));
    await installation.remove(trigger);
    await installation.gone(60_000, trigger);
    assert.ok(!(await committed()));
  });
}
