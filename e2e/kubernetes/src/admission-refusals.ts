import { kafkaClass, object, sink, trigger } from './admission-objects.ts';
import type { KubernetesObject } from './admission-objects.ts';

/** What is refused, and in which words. */
export const refusals: readonly (readonly [name: string, object: KubernetesObject, message: RegExp])[] = [
  // By the definitions, without code of ours.
  [
    'a sink without servers',
    sink('bad', { bootstrapServers: [] }),
    /spec\.bootstrapServers: Invalid value: .* at least 1 items/,
  ],
  [
    'a sink with partitions and no replication factor',
    sink('bad', { numPartitions: 3 }),
    /spec: Invalid value: .*numPartitions and replicationFactor belong together/,
  ],
  [
    'a Trigger without a Broker',
    trigger('bad', { broker: undefined }),
    /expected exactly one, got neither: broker, brokerRef/,
  ],
  [
    'a Trigger without a destination',
    trigger('bad', { subscriber: {} }),
    /spec\.subscriber: Required value: expected at least one, got none: ref, uri/,
  ],
  [
    'a filter of two dialects',
    trigger('bad', { filters: [{ exact: { type: 'a' }, prefix: { type: 'b' } }] }),
    /spec\.filters\[0\]: Invalid value: .*multiple dialects found/,
  ],
  [
    'a policy of nobody',
    object('EventPolicy', 'bad', { from: [{}] }),
    /spec\.from\[0\]: Required value: expected exactly one, got neither: ref, sub/,
  ],
  // By the webhooks.
  [
    'a sink with a name that breaks a topic',
    sink('bad', { topic: 'a/b' }),
    /denied the request: validation failed: invalid value: a\/b: spec\.topic/,
  ],
  [
    'a Broker with a Secret for a config',
    object('Broker', 'bad', { config: { kind: 'Secret', name: 's' } }, kafkaClass),
    /denied the request: validation failed: invalid value: Secret: spec\.config\.kind\s+Expected ConfigMap/,
  ],
  [
    'a Broker with a name that breaks a topic',
    object('Broker', `b${'r'.repeat(250)}`, undefined, kafkaClass),
    /invalid value: brrr.*: metadata\.name\s+its topic could not be made/,
  ],
  [
    'a subscriber at the metadata address',
    trigger('bad', { subscriber: { uri: 'http://169.254.169.254/latest' } }),
    /invalid value: http:\/\/169\.254\.169\.254\/latest: spec\.subscriber\.uri\s+events are not delivered to link-local addresses/,
  ],
  [
    'a filter of 1 MB',
    trigger('bad', { filters: [{ exact: { type: 'x'.repeat(1_048_576) } }] }),
    /invalid value: spec\.filters\s+is too large/,
  ],
  [
    'an expression that does not parse',
    trigger('bad', { filters: [{ cesql: "type = 'a" }] }),
    /spec\.filters\[0\]\.cesql/,
  ],
  [
    'two dialects far below',
    trigger('bad', { filters: [{ not: { all: [{ exact: { a: 'b' }, cesql: 'TRUE' }] } }] }),
    /spec\.filters\[0\]\.not\.all\[0\]\.exact\s+is a second filter dialect/,
  ],
  [
    'a dialect that nobody knows',
    trigger('bad', { filters: [{ exat: { type: 'a' } }] }),
    /unknown field: spec\.filters\[0\]\.exat\s+.*probably "exact"/,
  ],
  [
    'a field that nobody knows',
    trigger('bad', { delivery: { retri: 3 } }),
    /unknown field: spec\.delivery\.retri\s+expected "retry"/,
  ],
  [
    'a policy while OIDC is off',
    object('EventPolicy', 'bad', { from: [{ sub: '*' }] }),
    /oidc-authentication feature not enabled/,
  ],
];
