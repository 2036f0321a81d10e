import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KafkaError } from '@eventing-kafka/kafka-client';
import type { Resource } from '@eventing-kafka/contract';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { EventTypeSighting } from './event-types.ts';

function broker(enableEventTypeAutocreate: boolean): Resource {
  return { ...resource('b', { path: '/ns/broker' }), featureFlags: { enableEventTypeAutocreate } };
}

function lines(type: string, source = '/example/source'): string[] {
  return ['ce-specversion: 1.0', 'ce-id: 1', `ce-source: ${source}`, `ce-type: ${type}`];
}

test('receiver 20.7 X-17, receiver 20.7 X-18, receiver 20.6 K-11: kinds of accepted events are reported once, from when the flag is set (differs: an EventType is made by whoever is told, and a flag alone is a change)', async () => {
  const sightings: EventTypeSighting[] = [];
  const kafka = new ScriptedKafka();
  const history = new ContractHistory();
  await using ingress = await startTestIngress(kafka, { reportEventType: (sighting) => sightings.push(sighting) });
  await ingress.apply(history.next(broker(false)));
  await ask(ingress.port, { lines: lines('before') });
  await ingress.apply(history.next(broker(true)));
  const event = { lines: [...lines('example.event.type'), 'ce-dataschema: /example/schema'] };
  for (let i = 0; i < 3; i += 1) assert.equal((await ask(ingress.port, event))?.status, 202);
  await ask(ingress.port, { lines: lines('example.event.type') });
  await ask(ingress.port, { lines: ['ce-specversion: 1.0'] });
  kafka.onSend = () => Promise.reject(new KafkaError('KAFKA_TIMEOUT', 'x'));
  await ask(ingress.port, { lines: lines('refused') });
  const of = { uid: 'b', groupVersion: 'eventing.knative.dev/v1', kind: 'Broker', namespace: 'ns', name: 'b' };
  assert.deepEqual(sightings, [
    { resource: of, type: 'example.event.type', source: '/example/source', schema: '/example/schema' },
    { resource: of, type: 'example.event.type', source: '/example/source', schema: undefined },
  ]);
});

test('F-37: sources without end are reported up to a thousand', async () => {
  let reported = 0;
  await using ingress = await startTestIngress(new ScriptedKafka(), { reportEventType: () => (reported += 1) });
  await ingress.apply(new ContractHistory().next(broker(true)));
  const batch = (from: number): string =>
    `[${Array.from({ length: 600 }, (_, i) => `{"specversion":"1.0","id":"1","source":"/${from + i}","type":"t"}`).join(',')}]`;
  for (const from of [0, 600]) {
    const request = { lines: ['Content-Type: application/cloudevents-batch+json'], body: batch(from) };
    assert.equal((await ask(ingress.port, request))?.status, 202);
  }
  await pause(0);
  assert.equal(reported, 1000);
});
