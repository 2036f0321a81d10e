import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { parseResource } from './parse-resource.ts';
import { pathText } from './structural-schema.ts';

function problemsOf(yaml: string): readonly string[] {
  return parseResource(parse(yaml)).problems.map(
    ({ severity, path, message, expected }) =>
      `${severity} ${pathText(path)} ${message}${expected === '' ? '' : `; ${expected}`}`,
  );
}

function problems(expected: readonly string[], yaml: string): void {
  assert.deepEqual(problemsOf(yaml), expected);
}

test('a Broker needs no more than a name', () => {
  const { resource, problems: found } = parseResource(
    parse('{apiVersion: eventing.knative.dev/v1, kind: Broker, metadata: {name: orders}}'),
  );
  assert.deepEqual(found, []);
  assert.equal(resource?.metadata.namespace, 'default');
  assert.equal(resource.metadata.generation, 1);
  assert.deepEqual(resource.kind === 'Broker' && resource.spec, {});
});

test('the uid of an object that has one is kept, another is made from its key', () => {
  const own = parseResource(
    parse('{apiVersion: v1, kind: Service, metadata: {name: a, uid: 12345678-aaaa-bbbb-cccc-1234567890ab}}'),
  );
  assert.equal(own.resource?.metadata.uid, '12345678-aaaa-bbbb-cccc-1234567890ab');
  const made = parseResource(parse('{apiVersion: v1, kind: Service, metadata: {name: a}}'));
  assert.match(made.resource?.metadata.uid ?? '', /^[0-9a-f-]{36}$/);
});

test('a kind that is not served is refused by its name, and what is served is listed', () => {
  problems(
    [
      'error kind "Deployment" of apps/v1 is not a kind that is served here; Broker (eventing.knative.dev/v1), Trigger (eventing.knative.dev/v1), KafkaSink (eventing.knative.dev/v1alpha1), EventPolicy (eventing.knative.dev/v1alpha1), ConfigMap (v1), Secret (v1), Service (v1), ServiceAccount (v1)',
    ],
    '{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}',
  );
});

test('a known kind of another API is refused with the right one', () => {
  problems(
    ['error apiVersion is "serving.knative.dev/v1"; "v1" for a Service'],
    '{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}}',
  );
});

test('all problems of an object are listed with their paths', () => {
  problems(
    [
      'error metadata.name is "Orders"; a Kubernetes name: lower-case letters, digits, "-" and ".", 253 characters at most',
      'error spec.subscriber is missing; a mapping',
      'error spec.broker is the number 5; the name of a Broker in the same namespace, in quotes',
      'error spec.filters[0].exact.type is the number 1; text, in quotes',
      'error spec.filters[1].any is a mapping; a list',
      'error spec.delivery.retry is the number -1; a whole number from 0 to 2147483647',
      'error spec.delivery.backoffPolicy is "quadratic"; one of "exponential", "linear"',
    ],
    `
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: Orders}
spec:
  broker: 5
  filters: [{exact: {type: 1}}, {any: {exact: {}}}]
  delivery: {retry: -1, backoffPolicy: quadratic}
`,
  );
});

test('an unknown field is warned of with the one that was meant, and dropped', () => {
  const yaml =
    '{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: a}, spec: {broker: b, subscriber: {url: "http://x"}, fillters: [], wholly: 1}}';
  problems(
    [
      'warning spec.subscriber.url is not a known field and has no effect; "uri"',
      'warning spec.fillters is not a known field and has no effect; "filters"',
      'warning spec.wholly is not a known field and has no effect; one of "broker", "brokerRef", "filter", "filters", "subscriber", "delivery"',
    ],
    yaml,
  );
  const { resource } = parseResource(parse(yaml));
  assert.deepEqual(resource?.kind === 'Trigger' && resource.spec, { broker: 'b', subscriber: {} });
});

const filtered = (filters: string): string =>
  `{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: a}, spec: {broker: b, subscriber: {uri: "http://x"}, ${filters}}}`;
const dialects = 'one of "exact", "prefix", "suffix", "all", "any", "not", "cesql"';

test('an unknown filter dialect refuses the Trigger, at any depth: without it the filter would pass every event', () => {
  problems([`error spec.filters[0].foo is not a filter dialect; ${dialects}`], filtered('filters: [{foo: {}}]'));
  problems(
    [
      `error spec.filters[0].all[0].exct is not a filter dialect; ${dialects}, probably "exact"`,
      `error spec.filters[1].any[0].not.sufix is not a filter dialect; ${dialects}, probably "suffix"`,
    ],
    filtered('filters: [{all: [{exct: {type: x}}]}, {any: [{not: {sufix: {type: x}}}]}]'),
  );
  problems(['error spec.filter.exact is not a part of a filter; "attributes"'], filtered('filter: {exact: {type: x}}'));
});

test('control-plane 19: a filter has one dialect, with a value; one without any passes all, which is warned of', () => {
  problems(
    [
      'error spec.filters[0].not.prefix is a second filter dialect beside "exact"; one filter dialect; put the other into an entry of its own',
      'error spec.filters[1].exact is empty; a mapping of names to values',
    ],
    filtered('filters: [{not: {exact: {type: x}, prefix: {type: y}}}, {exact: null}]'),
  );
  problems(
    [`warning spec.filters[0] names no filter dialect and passes every event; ${dialects}`],
    filtered('filters: [{}]'),
  );
});

test('the output of kubectl is read: status and managed fields do not matter, nulls are absent', () => {
  problems(
    [],
    `
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: a, creationTimestamp: null, managedFields: [], finalizers: [x], ownerReferences: []}
spec: {config: null, delivery: {retry: null}}
status: {anything: [1]}
`,
  );
});

test('control-plane 24.9 sink validation: one problem for each mistake, at its path', () => {
  problems(
    [
      'error spec.topic is empty; the name of a topic',
      'error spec.bootstrapServers is an empty list; at least one entry',
      'error spec.contentMode is "text"; one of "binary", "structured", ""',
      'error spec.numPartitions is the number 0; a whole number from 1 to 2147483647',
      'error spec.replicationFactor is the number -10; a whole number from 1 to 32767',
      'error spec.auth.secret.ref.name is empty; the name of a Secret',
    ],
    `
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: a}
spec: {topic: "", bootstrapServers: [], contentMode: text, numPartitions: 0, replicationFactor: -10, auth: {secret: {ref: {name: ""}}}}
`,
  );
});

test('a KafkaSink with only one of numPartitions and replicationFactor is refused', () => {
  problems(
    [
      'error spec.replicationFactor is missing while numPartitions is set; both, for a topic that is made here, or neither, for one that exists',
    ],
    '{apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, metadata: {name: a}, spec: {topic: t, bootstrapServers: ["k:1"], numPartitions: 3}}',
  );
});

test('numbers in a ConfigMap have to be quoted, as in Kubernetes', () => {
  problems(
    ['error data["default.topic.partitions"] is the number 10; text, in quotes'],
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {default.topic.partitions: 10}}',
  );
});

test('control-plane 26 no. 30: a brokerRef to a Broker of the own namespace counts as broker', () => {
  const { resource, problems: found } = parseResource(
    parse(
      '{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: a}, spec: {brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: b, namespace: default}, subscriber: {uri: "http://x"}}}',
    ),
  );
  assert.deepEqual(found, []);
  assert.deepEqual(resource?.kind === 'Trigger' && resource.spec, { broker: 'b', subscriber: { uri: 'http://x' } });
});

test('control-plane 26 no. 30: any other brokerRef is refused, and so are two Brokers and none', () => {
  const broken: readonly (readonly [spec: string, problem: string])[] = [
    [
      'brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: b, namespace: other}',
      'spec.brokerRef names no Broker (eventing.knative.dev/v1) of the namespace of the Trigger',
    ],
    [
      'brokerRef: {apiVersion: v1, kind: Service, name: b}',
      'spec.brokerRef names no Broker (eventing.knative.dev/v1) of the namespace of the Trigger',
    ],
    [
      'broker: b, brokerRef: {apiVersion: eventing.knative.dev/v1, kind: Broker, name: b}',
      'spec.brokerRef is a second Broker beside spec.broker',
    ],
    ['filters: []', 'spec.broker is missing'],
  ];
  for (const [spec, problem] of broken) {
    problems(
      [`error ${problem}; the name of a Broker in the same namespace`],
      `{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: a}, spec: {${spec}, subscriber: {uri: "http://x"}}}`,
    );
  }
});

test('a Broker of a foreign class is named', () => {
  problems(
    [
      'warning metadata.annotations["eventing.knative.dev/broker.class"] is "MTChannelBasedBroker": this Broker is left to whoever serves that class; "Kafka" to have it served here',
    ],
    '{apiVersion: eventing.knative.dev/v1, kind: Broker, metadata: {name: a, annotations: {eventing.knative.dev/broker.class: MTChannelBasedBroker}}}',
  );
});

test('a Secret is known by its name alone: nothing of its content is kept', () => {
  const { resource } = parseResource(
    parse('{apiVersion: v1, kind: Secret, metadata: {name: a}, type: Opaque, stringData: {password: hunter2}}'),
  );
  assert.equal(JSON.stringify(resource).includes('hunter2'), false);
});

test('filters nested without end are refused', () => {
  let filter: object = { exact: { type: 'a' } };
  for (let depth = 0; depth < 200; depth += 1) filter = { not: filter };
  const { problems: found } = parseResource({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name: 'a' },
    spec: { broker: 'b', subscriber: { uri: 'http://x' }, filters: [filter] },
  });
  assert.equal(found[0]?.message, 'is nested too deeply');
});

test('whatever is written, reading it ends with an object or with an error', () => {
  const kinds = fc.constantFrom('Broker', 'Trigger', 'KafkaSink', 'ConfigMap', 'Secret', 'Service');
  const versions = fc.constantFrom('v1', 'eventing.knative.dev/v1', 'eventing.knative.dev/v1alpha1');
  const object = fc.record({
    apiVersion: versions,
    kind: kinds,
    metadata: fc.oneof(fc.constant({ name: 'a' }), fc.jsonValue()),
    spec: fc.jsonValue(),
    data: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), object), (value) => {
      const { resource, problems: found } = parseResource(value);
      assert.equal(
        resource === undefined,
        found.some(({ severity }) => severity === 'error'),
      );
    }),
  );
});
