import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import { problemsText, validateObject } from './index.ts';
import type { AdmissionContext } from './index.ts';

const subscriber = { uri: 'http://subscriber.example' };
const good = { broker: 'default', subscriber };

function refusal(
  spec: unknown,
  {
    annotations = {},
    old,
    context = contextWith(),
  }: { annotations?: Record<string, string>; old?: unknown; context?: AdmissionContext } = {},
): string {
  const request = requestFor('Trigger', { spec, annotations }, old === undefined ? {} : { old: { spec: old } });
  return problemsText(validateObject(request, context).problems);
}

test('control-plane 19: a good Trigger is let in', () => {
  const ref = { apiVersion: 'v1', kind: 'Service', name: 's', namespace: 'other' };
  const filters = [{ exact: { type: 'a' } }, { all: [{ not: { prefix: { source: 'b' } } }] }, { cesql: "type = 'a'" }];
  assert.equal(refusal({ broker: 'default', filter: {}, filters, subscriber: { ref, uri: '/path' } }), '');
});

test('control-plane 19: exactly one of broker and brokerRef', () => {
  const brokerRef = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' };
  assert.equal(refusal({ subscriber }), 'expected exactly one, got neither: spec.broker, spec.brokerRef');
  assert.equal(refusal({ ...good, brokerRef }), 'expected exactly one, got both: spec.broker, spec.brokerRef');
  assert.equal(refusal({ subscriber, brokerRef }), '');
  assert.match(refusal({ subscriber, brokerRef: { ...brokerRef, namespace: 'other' } }), /spec\.brokerRef/);
});

test('control-plane 19: the Broker may not change', () => {
  assert.equal(refusal({ ...good, broker: 'other' }, { old: good }), 'Immutable field updated: spec.broker');
});

test('control-plane 19: an attribute is a lower-case name', () => {
  assert.match(refusal({ ...good, filter: { attributes: { 'My-Type': 'x' } } }), /spec\.filter\.attributes\.My-Type/);
  assert.match(refusal({ ...good, filters: [{ exact: { '1type': 'x' } }] }), /spec\.filters\[0\]\.exact\["?1type/);
});

test('control-plane 19: one dialect in each filter, however deep', () => {
  const two = { exact: { type: 'a' }, prefix: { type: 'b' } };
  assert.match(refusal({ ...good, filters: [two] }), /spec\.filters\[0\]\.prefix/);
  assert.match(
    refusal({ ...good, filters: [{ any: [{ not: { all: [two] } }] }] }),
    /spec\.filters\[0\]\.any\[0\]\.not\.all\[0\]\.prefix/,
  );
});

test('a dialect that nobody knows is refused, as without it the filter would pass everything', () => {
  assert.match(
    refusal({ ...good, filters: [{ exat: { type: 'a' } }] }),
    /^unknown field: spec\.filters\[0\]\.exat\n.*probably "exact"/,
  );
});

test('control-plane 19: a CESQL expression parses, wherever it is', () => {
  assert.match(
    refusal({ ...good, filters: [{ not: { cesql: 'type = ' } }] }),
    /^invalid value: type = : spec\.filters\[0\]\.not\.cesql\n/,
  );
});

test('a filter of 1 MB is refused with a reason', () => {
  const text = refusal({ ...good, filters: [{ exact: { type: 'x'.repeat(1_048_576) } }] });
  assert.match(text, /^invalid value: spec\.filters\nis too large; expected at most/);
  assert.ok(text.length < 200, text.slice(0, 300));
});

test('filters nested without end are refused', () => {
  let filter: unknown = { exact: { type: 'a' } };
  for (let level = 0; level < 3_000; level += 1) filter = { not: filter };
  assert.match(refusal({ ...good, filters: [filter] }), /nested too deeply|too large/);
});

test('security 6.4: a subscriber at the metadata address is refused, however it is spelled', () => {
  for (const host of ['169.254.169.254', '0xA9FEA9FE', '2852039166', '[::ffff:a9fe:a9fe]', 'metadata.google.internal'])
    assert.match(
      refusal({ ...good, subscriber: { uri: `http://${host}/latest` } }),
      /spec\.subscriber\.uri\n.*metadata/,
      host,
    );
});

test('security 6.4: this machine is a destination only where that is allowed', () => {
  const spec = { ...good, delivery: { deadLetterSink: { uri: 'http://127.0.0.1:8080' } } };
  assert.match(refusal(spec), /spec\.delivery\.deadLetterSink\.uri\n.*loopback/);
  assert.equal(refusal(spec, { context: contextWith({}, { allowLoopback: true }) }), '');
});

const destinations: readonly (readonly [name: string, destination: object, message: RegExp])[] = [
  ['without anything', {}, /^expected at least one, got none: spec\.subscriber\.ref, spec\.subscriber\.uri$/],
  ['with a relative URI alone', { uri: '/path' }, /spec\.subscriber\.uri\nURI is not absolute/],
  ['with another scheme', { uri: 'ftp://host/path' }, /spec\.subscriber\.uri\n/],
  ['with a user name', { uri: 'http://user:secret@host/' }, /spec\.subscriber\.uri\n.*user name/],
  [
    'with half a reference',
    { ref: { kind: 'Service' } },
    /^missing field\(s\): spec\.subscriber\.ref\.name, spec\.subscriber\.ref\.apiVersion$/,
  ],
  [
    'with a reference and an absolute URI',
    { ref: { apiVersion: 'v1', kind: 'Service', name: 's' }, uri: 'http://169.254.169.254/' },
    /^Absolute URI is not allowed/,
  ],
  [
    'whose path leads to another host',
    { ref: { apiVersion: 'v1', kind: 'Service', name: 's' }, uri: '//169.254.169.254/' },
    /spec\.subscriber\.uri\nleads to another host/,
  ],
  ['with certificates that are none', { uri: 'https://host', CACerts: 'secret' }, /spec\.subscriber\.CACerts/],
];

for (const [name, destination, message] of destinations) {
  test(`control-plane 16.6: a subscriber ${name} is refused`, () => {
    assert.match(refusal({ ...good, subscriber: destination }), message);
  });
}

test('a password in a URL is not repeated', () => {
  assert.ok(!refusal({ ...good, subscriber: { uri: 'http://user:secret@host/' } }).includes('secret'));
});

const annotationRows: readonly (readonly [name: string, annotation: string, value: string, message: RegExp | ''])[] = [
  [
    'no JSON',
    'knative.dev/dependency',
    'source',
    /^invalid value: source: metadata\.annotations\[knative\.dev\/dependency\]/,
  ],
  ['no object', 'knative.dev/dependency', '[]', /^invalid value: \[\]: metadata/],
  ['a kind alone', 'knative.dev/dependency', '{"kind":"PingSource"}', /^missing field\(s\): .*\.name, .*\.apiVersion$/],
  [
    'another namespace',
    'knative.dev/dependency',
    '{"kind":"PingSource","name":"p","apiVersion":"sources.knative.dev/v1","namespace":"other"}',
    /^Namespace must be empty or equal to the trigger namespace "ns": /,
  ],
  [
    'a reference',
    'knative.dev/dependency',
    '{"kind":"PingSource","name":"p","apiVersion":"sources.knative.dev/v1","namespace":"ns"}',
    '',
  ],
  ['a word', 'eventing.knative.dev/injection', 'maybe', /^invalid value: maybe: metadata\.annotations\[eventing/],
  ['enabled', 'eventing.knative.dev/injection', 'enabled', ''],
  [
    'sorted',
    'kafka.eventing.knative.dev/delivery.order',
    'sorted',
    /^invalid value: sorted: metadata\.annotations\[kafka/,
  ],
  ['Key', 'kafka.eventing.knative.dev/delivery.order', 'Key', ''],
];

for (const [name, annotation, value, message] of annotationRows) {
  test(`control-plane 19: annotation ${annotation} with ${name} is ${message === '' ? 'let in' : 'refused'}`, () => {
    const text = refusal(good, { annotations: { [annotation]: value } });
    if (message === '') assert.equal(text, '');
    else assert.match(text, message);
  });
}

test('control-plane 19: injection is for the Broker "default" only', () => {
  const annotations = { 'eventing.knative.dev/injection': 'enabled' };
  assert.match(refusal({ ...good, broker: 'mine' }, { annotations }), /only used for the Broker "default"/);
});

test('an unknown field is refused where a known one may have been meant', () => {
  assert.match(refusal({ ...good, fitlers: [] }), /^unknown field: spec\.fitlers\nexpected "filters"$/);
  assert.match(
    refusal({ ...good, delivery: { retri: 3 } }),
    /^unknown field: spec\.delivery\.retri\nexpected "retry"$/,
  );
});

test('a Trigger of a Broker that is somebody else’s is left to them', () => {
  const context = contextWith(
    {},
    { brokerClassOf: (_namespace, name) => (name === 'theirs' ? 'RabbitMQBroker' : 'Kafka') },
  );
  const spec = { subscriber: { uri: 'http://169.254.169.254/' }, delivery: { retries: 3 } };
  assert.equal(refusal({ ...spec, broker: 'theirs' }, { context }), '');
  assert.notEqual(refusal({ ...spec, broker: 'ours' }, { context }), '');
});

test('a filter that passes everything is warned of', () => {
  const { problems, warnings } = validateObject(
    requestFor('Trigger', { spec: { ...good, filters: [{}] } }),
    contextWith(),
  );
  assert.deepEqual(problems, []);
  assert.match(warnings.join('\n'), /^spec\.filters\[0\] names no filter dialect and passes every event/);
});
