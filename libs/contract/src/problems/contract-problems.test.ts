import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractOf, validEgress, validResource } from '../../testing/contracts.ts';
import type { Resource } from '../index.ts';
import {
  Contract,
  contractProblems,
  resourceProblems,
  type DeepPartial,
  type DialectedFilter,
  type Egress,
} from '../index.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('a contract without problems', () => {
  const fine: Record<string, DeepPartial<Resource>> = {
    'with path': {},
    // Extensions that no event may have are left out where events are delivered (dispatcher.md 2).
    'with an extension in capitals': { cloudEventOverrides: { extensions: { Tenant: 'x' } } },
    // Nothing can be posted there, so that events go to the dead letter sink (dispatcher.md D14).
    'with a destination of another scheme': { egresses: [validEgress({ destination: 'bad://uri' })] },
    'with a host alone': { ingress: { host: 'broker.example:8080' } },
    'with a host and the path "/"': { ingress: { host: 'http://host2', path: '/' } },
    'without ingress, with several topics': { ingress: undefined, topics: ['a', 'b'] },
    'with a secret': { auth: { $case: 'authSecret', value: { namespace: 'ns', name: 'kafka' } } },
    'with delivery settings': {
      egressConfig: {
        deadLetter: 'http://dead.example/',
        retry: 4_294_967_295,
        backoffDelay: 2_147_483_647n,
        timeout: 0n,
        format: 'json',
        deadLetterCaCerts: pem,
      },
    },
    'with filters': {
      egresses: [
        validEgress({
          dialectedFilter: [
            {
              filter: {
                $case: 'not',
                value: { filter: { filter: { $case: 'cesql', value: { expression: 'EXISTS id' } } } },
              },
            },
            {},
            { filter: { $case: 'any', value: { filters: [] } } },
          ],
        }),
      ],
    },
    'with certificates and a reply': {
      egresses: [
        validEgress({
          destinationCaCerts: pem + pem,
          replyStrategy: { $case: 'replyUrl', value: 'http://reply.example' },
        }),
      ],
    },
  };
  for (const [name, changes] of Object.entries(fine)) {
    test(name, () => assert.deepEqual(contractProblems(contractOf(validResource(changes))), []));
  }

  test('of nothing', () => assert.deepEqual(contractProblems(Contract.fromPartial({})), []));
});

describe('a problem of a resource is found', () => {
  const rows: Record<string, [path: string, DeepPartial<Resource>]> = {
    'no uid': ['uid', { uid: '' }],
    'an ingress and no topic': ['topics', { topics: [] }],
    'an ingress and two topics': ['topics', { topics: ['a', 'b'] }],
    'no topic at all': ['topics', { topics: [], ingress: undefined }],
    'a topic twice': ['topics[1]', { topics: ['a', 'a'], ingress: undefined }],
    'a topic with a bad name': ['topics[0]', { topics: ['a/b'] }],
    'the topic ".."': ['topics[0]', { topics: ['..'] }],
    'a topic of 250 characters': ['topics[0]', { topics: ['a'.repeat(250)] }],
    'no bootstrap servers': ['bootstrapServers', { bootstrapServers: ' ' }],
    'a bootstrap server without port': ['bootstrapServers', { bootstrapServers: 'kafka' }],
    'a bootstrap server with port 0': ['bootstrapServers', { bootstrapServers: 'kafka:0' }],
    'a bootstrap server with a large port': ['bootstrapServers', { bootstrapServers: 'kafka:65536' }],
    'a bootstrap server with a scheme': ['bootstrapServers', { bootstrapServers: 'http://kafka:9092' }],
    'a trailing comma': ['bootstrapServers', { bootstrapServers: 'kafka:9092,' }],
    'neither path nor host': ['ingress', { ingress: {} }],
    'the path "/" alone': ['ingress', { ingress: { path: '/' } }],
    'a relative path': ['ingress.path', { ingress: { path: 'ns/name' } }],
    'a path with a query': ['ingress.path', { ingress: { path: '/ns/name?x' } }],
    'a host with a space': ['ingress.host', { ingress: { host: 'a b' } }],
    'an unknown content mode': ['ingress.contentMode', { ingress: { path: '/a', contentMode: 7 as never } }],
    'a policy without matcher': [
      'ingress.eventPolicies[0].tokenMatchers[1]',
      { ingress: { path: '/a', eventPolicies: [{ tokenMatchers: [{ matcher: { $case: 'exact', value: {} } }, {}] }] } },
    ],
    'a policy with an empty expression': [
      'ingress.eventPolicies[0].filters[0].cesql.expression',
      { ingress: { path: '/a', eventPolicies: [{ filters: [{ filter: { $case: 'cesql', value: {} } }] }] } },
    ],
    'a dead letter sink that is no URL': ['egressConfig.deadLetter', { egressConfig: { deadLetter: 'dead-letter' } }],
    'an unknown format': ['egressConfig.format', { egressConfig: { format: 'avro' } }],
    'a negative delay': ['egressConfig.backoffDelay', { egressConfig: { backoffDelay: -1n } }],
    'a timeout no timer can wait': ['egressConfig.timeout', { egressConfig: { timeout: 2_147_483_648n } }],
    'a negative bound of Retry-After': ['egressConfig.retryAfterMax', { egressConfig: { retryAfterMax: -1n } }],
    'half a retry': ['egressConfig.retry', { egressConfig: { retry: 0.5 } }],
    'an unknown backoff policy': ['egressConfig.backoffPolicy', { egressConfig: { backoffPolicy: 9 as never } }],
    'a secret without name': ['authSecret.name', { auth: { $case: 'authSecret', value: { namespace: 'ns' } } }],
    'a secret without namespace': [
      'multiAuthSecret.references[0].reference.namespace',
      { auth: { $case: 'multiAuthSecret', value: { references: [{ reference: { name: 'a' } }] } } },
    ],
    'secrets without reference': [
      'multiAuthSecret.references[0].reference',
      { auth: { $case: 'multiAuthSecret', value: { references: [{}] } } },
    ],
    'a secret key without name': [
      'multiAuthSecret.references[0].keyFieldReferences[0].secretKey',
      {
        auth: {
          $case: 'multiAuthSecret',
          value: { references: [{ reference: { name: 'a', namespace: 'b' }, keyFieldReferences: [{}] }] },
        },
      },
    ],
    'an egress uid twice': ['egresses[1].uid', { egresses: [validEgress(), validEgress()] }],
  };
  for (const [name, [path, changes]] of Object.entries(rows)) {
    test(name, () => assert.deepEqual(pathsOf(resourceProblems(validResource(changes))), [path]));
  }
});

describe('a problem of an egress is found', () => {
  const rows: Record<string, [path: string, DeepPartial<Egress>]> = {
    'no uid': ['uid', { uid: '' }],
    'no consumer group': ['consumerGroup', { consumerGroup: '' }],
    'no destination': ['destination', { destination: '' }],
    'a relative destination': ['destination', { destination: '/events' }],
    'a reply URL of another scheme': ['replyUrl', { replyStrategy: { $case: 'replyUrl', value: 'ftp://example/' } }],
    'a destination without "//"': ['destination', { destination: 'http:example' }],
    'a destination with a password': ['destination', { destination: 'http://user:secret@example/' }],
    'a reply URL that is none': ['replyUrl', { replyStrategy: { $case: 'replyUrl', value: 'x' } }],
    'half a certificate': ['destinationCACerts', { destinationCaCerts: pem.slice(0, 40) }],
    'no certificate': ['replyUrlCACerts', { replyUrlCaCerts: 'x' }],
    'an unknown delivery order': ['deliveryOrder', { deliveryOrder: -1 }],
    'an unknown key type': ['keyType', { keyType: 4 as never }],
    'an unknown initial offset': ['initialOffset', { initialOffset: 2 as never }],
    'negative replicas': ['vReplicas', { vReplicas: -1 }],
    'a dead letter sink that is no URL': ['egressConfig.deadLetter', { egressConfig: { deadLetter: 'x' } }],
    'an attribute without name': ['filter.attributes', { filter: { attributes: { '': 'x' } } }],
    'an empty expression deep inside': [
      'dialectedFilter[0].all.filters[1].not.filter.cesql.expression',
      {
        dialectedFilter: [
          {
            filter: {
              $case: 'all',
              value: {
                filters: [
                  {},
                  {
                    filter: {
                      $case: 'not',
                      value: { filter: { filter: { $case: 'cesql', value: { expression: ' ' } } } },
                    },
                  },
                ],
              },
            },
          },
        ],
      },
    ],
    'filters too deep': [`dialectedFilter[0]${'.not.filter'.repeat(24)}`, { dialectedFilter: [nested(30)] }],
  };
  for (const [name, [path, changes]] of Object.entries(rows)) {
    test(name, () => {
      const problems = resourceProblems(validResource({ egresses: [validEgress(changes)] }), 'resources[3]');
      assert.deepEqual(pathsOf(problems), [`resources[3].egresses[0].${path}`]);
    });
  }
});

describe('what two resources both claim is found', () => {
  const other = (changes: DeepPartial<Resource>): Resource =>
    validResource({
      uid: 'broker-2',
      ingress: { path: '/ns/other' },
      egresses: [validEgress({ uid: 'trigger-2' })],
      ...changes,
    });
  const rows: Record<string, [paths: string[], Resource]> = {
    'a uid': [['resources[1].uid'], other({ uid: 'broker-1' })],
    'a path': [['resources[1].ingress.path'], other({ ingress: { path: '/ns/default' } })],
    'an egress uid': [['resources[1].egresses[0].uid'], other({ egresses: [validEgress()] })],
    'all of them': [['resources[1].uid', 'resources[1].ingress.path', 'resources[1].egresses[0].uid'], validResource()],
    nothing: [[], other({})],
  };
  for (const [name, [paths, resource]] of Object.entries(rows)) {
    test(name, () => assert.deepEqual(pathsOf(contractProblems(contractOf(validResource(), resource))), paths));
  }

  test('a host, though not the path "/" beside it', () => {
    const [one, two] = ['a', 'b'].map((uid) =>
      validResource({ uid, egresses: [], ingress: { path: '/', host: 'one' } }),
    );
    assert.deepEqual(pathsOf(contractProblems(contractOf(one!, two!))), ['resources[1].ingress.host']);
  });
});

test('every problem is listed, in the order of the fields, and no password is shown', () => {
  const contract = contractOf(
    validResource({
      uid: '',
      topics: [],
      egresses: [validEgress({ consumerGroup: '', destination: 'http//user:secret@host' })],
    }),
  );
  contract.trustBundles = ['', 'x'];
  contract.generation = -1n;
  const problems = contractProblems(contract);
  assert.deepEqual(pathsOf(problems), [
    'generation',
    'resources[0].uid',
    'resources[0].topics',
    'resources[0].egresses[0].consumerGroup',
    'resources[0].egresses[0].destination',
    'trustBundles[0]',
    'trustBundles[1]',
  ]);
  assert.ok(!JSON.stringify(problems).includes('secret'));
});

function pathsOf(problems: readonly { path: string }[]): string[] {
  return problems.map(({ path }) => path);
}

function nested(levels: number): DialectedFilter {
  return levels === 0 ? { filter: undefined } : { filter: { $case: 'not', value: { filter: nested(levels - 1) } } };
}
