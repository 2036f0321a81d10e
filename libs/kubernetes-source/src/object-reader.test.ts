import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameButVersion, readKnownObject } from './object-reader.ts';

const trigger = (spec: object, more: object = {}) => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Trigger',
  metadata: {
    namespace: 'shop',
    name: 'orders',
    uid: 'u',
    resourceVersion: '7',
    finalizers: ['kafka.triggers.eventing.knative.dev'],
  },
  spec,
  ...more,
});

test('a Trigger is read with the status it carries', () => {
  const read = readKnownObject(
    trigger(
      { broker: 'default', subscriber: { uri: 'http://x.example' } },
      { status: { observedGeneration: 3, conditions: [] } },
    ),
  );
  assert.equal(read?.status?.observedGeneration, 3);
  assert.deepEqual(read.problems, []);
});

test('a Trigger that cannot be taken is still known, so that it can be told about and let go', () => {
  const read = readKnownObject(trigger({ broker: 'default', subscriber: 'nobody' }));
  assert.equal(read?.object.metadata.uid, 'u');
  assert.deepEqual(read.object.metadata.finalizers, ['kafka.triggers.eventing.knative.dev']);
  assert.equal(read.problems[0]?.path, 'spec.subscriber');
});

test('of a Secret, nothing is kept but who it is and its public certificate', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
  const read = readKnownObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop', name: 'kafka', uid: 'u' },
    data: { password: 'aHVudGVyMg==', 'ca.crt': Buffer.from(certificate).toString('base64') },
  });
  assert.equal(JSON.stringify(read).includes('aHVudGVyMg'), false);
  assert.equal(read?.object.kind === 'Secret' ? read.object.caCertificate : undefined, certificate);
});

test('a version alone makes no other object', () => {
  const spec = { broker: 'default', subscriber: { uri: 'http://x.example' } };
  const [one, other] = [trigger(spec), trigger(spec)].map((object, index) =>
    readKnownObject({ ...object, metadata: { ...object.metadata, resourceVersion: String(index) } }),
  );
  assert.equal(isSameButVersion(one?.object, other!.object), true);
  assert.equal(isSameButVersion(undefined, other!.object), false);
});
