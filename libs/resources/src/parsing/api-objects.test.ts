/** What an API server hands out, in its words. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventPolicy, ForeignObject } from '../objects/resource-types.ts';
import { foreignObjectOf } from './foreign-object.ts';
import { parseResource } from './parse-resource.ts';
import { parseStatus } from './parse-status.ts';

const header = {
  apiVersion: 'eventing.knative.dev/v1',
  metadata: { namespace: 'ns', name: 'a', uid: 'u', generation: 2 },
};

describe('metadata', () => {
  test('finalizers, deletion and the controlling owner are read', () => {
    const metadata = {
      ...header.metadata,
      resourceVersion: '77',
      finalizers: ['x'],
      deletionTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [
        { uid: 'other', controller: false },
        { uid: 'owner', controller: true },
      ],
      managedFields: [{ manager: 'kubectl' }],
    };
    const { resource } = parseResource({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    assert.deepEqual(resource?.metadata, {
      namespace: 'ns',
      name: 'a',
      uid: 'u',
      generation: 2,
      resourceVersion: '77',
      labels: {},
      annotations: {},
      finalizers: ['x'],
      deletionTimestamp: '2026-01-01T00:00:00Z',
      controllerUid: 'owner',
    });
  });
});

describe('objects that cannot be taken', () => {
  const refused = (document: Record<string, unknown>): ReturnType<typeof parseResource> =>
    parseResource({ ...header, ...document });

  test('a Broker keeps its metadata, and says what is wrong', () => {
    const { resource, refused: object, key } = refused({ kind: 'Broker', spec: { delivery: { retry: 'many' } } });
    assert.equal(resource, undefined);
    assert.deepEqual(key, { kind: 'Broker', namespace: 'ns', name: 'a' });
    assert.equal(object?.metadata.uid, 'u');
    assert.deepEqual(object.spec, {});
    assert.deepEqual(
      object.invalid?.map(({ path }) => path),
      [['spec', 'delivery', 'retry']],
    );
  });

  test('a Trigger keeps whose it is', () => {
    const { refused: object } = refused({ kind: 'Trigger', spec: { broker: 'b', subscriber: 'http://x' } });
    assert.deepEqual(object?.spec, { broker: 'b', subscriber: {} });
    assert.deepEqual(refused({ kind: 'Trigger', spec: null }).refused?.spec, { broker: '', subscriber: {} });
  });

  test('a KafkaSink keeps where its topic is, and by which Secret it is reached', () => {
    const { refused: object } = refused({
      apiVersion: 'eventing.knative.dev/v1alpha1',
      kind: 'KafkaSink',
      spec: {
        topic: 't',
        bootstrapServers: ['a:1'],
        numPartitions: 0,
        replicationFactor: 1,
        auth: { secret: { ref: { name: 's' } } },
      },
    });
    const auth = { secret: { ref: { name: 's' } } };
    assert.deepEqual(object?.spec, { topic: 't', bootstrapServers: ['a:1'], contentMode: 'binary', auth });
  });

  const large = 'x'.repeat(1_048_576);
  let deep: unknown = { exact: { type: 'a' } };
  for (let level = 0; level < 100; level += 1) deep = { not: deep };
  const filters: readonly (readonly [string, unknown, RegExp])[] = [
    ['of 1 MB', [{ cesql: `type = '${large}'` }], /is too large/],
    ['with a name of 1 MB', [{ exact: { [large]: 'a' } }], /is too large/],
    ['of 10,000 entries', Array.from({ length: 10_000 }, () => ({ exact: { type: 'a' } })), /is too large/],
    ['with 10,000 empty attributes', [{ all: Array.from({ length: 10_000 }, () => null) }], /is too large/],
    ['of 100 levels', [deep], /nested too deeply/],
  ];
  for (const [name, value, message] of filters) {
    test(`filters ${name} are refused in one sentence`, () => {
      const spec = { broker: 'b', subscriber: { uri: 'http://x' }, filters: value };
      const { refused: object, problems } = refused({ kind: 'Trigger', spec });
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? '', message);
      assert.equal(JSON.stringify(object).length < 1_000, true, 'nothing of it is kept');
    });
  }

  test('the filter of old is bounded as well', () => {
    const spec = { broker: 'b', subscriber: { uri: 'http://x' }, filter: { attributes: { type: large } } };
    assert.deepEqual(
      refused({ kind: 'Trigger', spec }).problems.map(({ path }) => path),
      [['spec', 'filter']],
    );
  });
});

describe('EventPolicy', () => {
  const conditions = [{ type: 'Ready', status: 'True' }];
  function parsed(spec: unknown, status: unknown): EventPolicy {
    const { resource } = parseResource({
      ...header,
      apiVersion: 'eventing.knative.dev/v1alpha1',
      kind: 'EventPolicy',
      spec,
      status,
    });
    assert.ok(resource?.kind === 'EventPolicy');
    return resource;
  }

  test('targets, filters, subjects and readiness are read', () => {
    const to = [{ ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' } }];
    const from = [{ sub: 'x' }, { ref: { apiVersion: 'v1', kind: 'Pinger', name: 'p', namespace: 'n' } }];
    const read = parsed({ to, from, filters: [{ exact: { type: 'a' } }] }, { from: ['x'], conditions });
    assert.deepEqual(read.spec, { from, to, filters: [{ exact: { type: 'a' } }] });
    const known = conditions.map((condition) => ({ ...condition, lastTransitionTime: '' }));
    assert.deepEqual(read.status, { from: ['x'], ready: true, observedGeneration: 0, conditions: known });
    assert.equal(read.isSound, true);
    assert.deepEqual(parsed({ from: [{ sub: 1, ref: { name: 2 } }, 'x'] }, {}).spec.from, [{ ref: {} }]);
  });

  const unready: readonly (readonly [string, unknown, unknown])[] = [
    ['without a status', {}, undefined],
    ['that is not Ready', {}, { conditions: [{ type: 'Ready', status: 'False' }] }],
    ['of another generation', {}, { observedGeneration: 1, conditions }],
    ['with a dialect that is not known', { filters: [{ regex: 'a' }] }, { conditions }],
    ['with filters of 1 MB', { filters: [{ cesql: 'x'.repeat(1_048_576) }] }, { conditions }],
  ];
  for (const [name, spec, status] of unready) {
    test(`a policy ${name} is there and not ready`, () => assert.equal(parsed(spec, status).status.ready, false));
  }
});

describe('foreign objects', () => {
  function duck(status: unknown): ForeignObject | undefined {
    return foreignObjectOf({ ...header, apiVersion: 'serving.knative.dev/v1', kind: 'Service', status });
  }

  test('the accounts that it sends events under', () => {
    const accounts = (auth: unknown): readonly string[] | undefined => duck({ auth })?.serviceAccounts;
    assert.deepEqual(accounts({ serviceAccountName: 'a' }), ['a']);
    assert.deepEqual(accounts({ serviceAccountNames: ['b', 1, ''], serviceAccountName: 'a' }), ['a', 'b']);
    assert.deepEqual(accounts('nonsense'), []);
    assert.deepEqual(accounts(undefined), []);
  });

  test('addresses in their order, before the one address', () => {
    const addresses = [
      { name: 'https', url: 'https://a', CACerts: 'PEM', audience: 'aud' },
      { url: '' },
      { url: 'http://a' },
    ];
    assert.deepEqual(duck({ address: { url: 'http://b' }, addresses })?.addresses, [addresses[0], { url: 'http://a' }]);
    assert.deepEqual(duck({ address: { url: 'http://b' } })?.addresses, [{ url: 'http://b' }]);
    assert.deepEqual(duck({ address: 'nonsense', addresses: {} })?.addresses, []);
    assert.equal(duck(undefined)?.metadata.name, 'serving.knative.dev/v1 Service a');
  });

  test('Ready counts for the present generation', () => {
    const conditions = [{ type: 'Ready', status: 'True' }];
    assert.equal(duck({ conditions })?.ready?.status, 'True');
    assert.equal(duck({ observedGeneration: 2, conditions })?.ready?.status, 'True');
    assert.equal(duck({ observedGeneration: 1, conditions })?.ready?.status, 'Unknown');
    assert.equal(duck({})?.ready, undefined);
  });

  test('what is no object is none', () => {
    for (const value of [undefined, 'x', {}, { ...header }, { kind: 'A', apiVersion: 'v1', metadata: { name: 'a' } }])
      assert.equal(foreignObjectOf(value), undefined);
  });
});

describe('statuses', () => {
  test('what we write is read back as it was', () => {
    const status = {
      observedGeneration: 2,
      conditions: [{ type: 'Ready', status: 'False', reason: 'R', message: 'm', lastTransitionTime: 't' }],
      annotations: { 'default.topic': 't' },
      address: { name: 'http', url: 'http://a' },
      addresses: [
        { name: 'https', url: 'https://a', CACerts: 'PEM', audience: 'aud' },
        { name: 'http', url: 'http://a' },
      ],
      deadLetterSinkUri: 'http://d',
      policies: [{ apiVersion: 'eventing.knative.dev/v1alpha1', name: 'p' }],
      auth: { serviceAccountName: 'sa' },
    };
    assert.deepEqual(parseStatus({ status }), status);
  });

  test('what has another shape counts as absent', () => {
    assert.equal(parseStatus({}), undefined);
    assert.deepEqual(
      parseStatus({
        status: { conditions: [null, {}, { type: 'A' }], annotations: { a: 1 }, address: [], policies: [1], auth: 'x' },
      }),
      {
        observedGeneration: 0,
        conditions: [{ type: 'A', status: 'Unknown', lastTransitionTime: '' }],
        annotations: {},
      },
    );
  });
});

test('of a Secret only the public ca.crt is kept', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n';
  const data = { 'ca.crt': Buffer.from(pem).toString('base64'), password: Buffer.from('hunter2').toString('base64') };
  const { resource } = parseResource({ ...header, apiVersion: 'v1', kind: 'Secret', data });
  assert.equal(resource?.kind === 'Secret' && resource.caCertificate, pem);
  assert.deepEqual(Object.keys(resource ?? {}), ['kind', 'metadata', 'caCertificate']);
  const key = { ...data, 'ca.crt': Buffer.from('-----BEGIN PRIVATE KEY-----').toString('base64') };
  const { resource: garbage } = parseResource({ ...header, apiVersion: 'v1', kind: 'Secret', data: key });
  assert.equal(garbage?.kind === 'Secret' && garbage.caCertificate, undefined);
});
