/** The rows of receiver.md 20.7, by their numbers: which Secrets are credentials. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Protocol, Reference, SecretField } from '@eventing-kafka/contract';
import type { KafkaSecurity } from '@eventing-kafka/kafka-client';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { secretData } from '../testing/secrets.ts';
import { isCredentialsError } from './credentials-error.ts';
import { parseKafkaCredentials } from './parse-kafka-credentials.ts';
import { createSecurityResolver } from './security-resolver.ts';

const { caPem, client } = await makeCertificates();
const user = { user: 'aaa', password: 'bbb' };
const pair = { 'user.crt': client.certPem, 'user.key': client.keyPem };

const tokens = { tokenProvider: () => ({ key: 'k', token: () => Promise.reject(new Error('nobody asks')) }) };

const valid: readonly (readonly [name: string, secret: Record<string, string>, settings: Partial<KafkaSecurity>])[] = [
  ['receiver 20.7 X-01: SSL with certificate, key and CA', { protocol: 'SSL', 'ca.crt': caPem, ...pair }, {}],
  ['receiver 20.7 X-01: SSL with certificate and key', { protocol: 'SSL', ...pair }, {}],
  ['receiver 20.7 X-03: SSL with user.skip and nothing else', { protocol: 'SSL', 'user.skip': 'true' }, {}],
  [
    'receiver 20.7 X-04: SASL_PLAINTEXT with SCRAM-SHA-256',
    { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-256', ...user },
    { mechanism: 'SCRAM-SHA-256' },
  ],
  [
    'receiver 20.7 X-04: SASL_PLAINTEXT with SCRAM-SHA-512',
    { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', ...user },
    { mechanism: 'SCRAM-SHA-512' },
  ],
  [
    'receiver 20.7 X-04: SASL_PLAINTEXT with PLAIN',
    { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', ...user },
    { mechanism: 'PLAIN' },
  ],
  [
    'receiver 20.7 X-04: SASL_PLAINTEXT without a mechanism',
    { protocol: 'SASL_PLAINTEXT', ...user },
    { mechanism: 'PLAIN' },
  ],
  [
    'receiver 20.7 X-05: SASL_SSL with OAUTHBEARER and no user (differs: who gives the tokens is asked for)',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', tokenProvider: 'MSKAccessTokenProvider' },
    { mechanism: 'OAUTHBEARER' },
  ],
  [
    'receiver 20.7 X-08: SASL_SSL with a CA and no mechanism (differs: a CA that is no PEM is refused)',
    { protocol: 'SASL_SSL', 'ca.crt': caPem, ...user },
    { protocol: 'SASL_SSL', mechanism: 'PLAIN', caPem: `${caPem.trim()}\n`, user: 'aaa', password: 'bbb' },
  ],
];
for (const [name, secret, settings] of valid) {
  test(`${name} is taken`, () => {
    const parsed = parseKafkaCredentials(secretData(secret), tokens);
    assert.deepEqual({ ...parsed, ...settings }, parsed);
    assert.equal(parsed.protocol, secret['protocol']);
  });
}

const invalid: readonly (readonly [name: string, secret: Record<string, string>])[] = [
  ['receiver 20.7 X-02: SSL with a blank certificate', { protocol: 'SSL', ...pair, 'user.crt': ' ' }],
  ['receiver 20.7 X-02: SSL with a blank key', { protocol: 'SSL', ...pair, 'user.key': ' ' }],
  [
    'receiver 20.7 X-06: SASL_SSL with a blank user',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', ...user, user: ' ' },
  ],
  [
    'receiver 20.7 X-06: SASL_SSL with a blank password',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', ...user, password: ' ' },
  ],
  ['receiver 20.7 X-07: protocol SASSO_PLAINTEXT', { protocol: 'SASSO_PLAINTEXT', ...user }],
  ['receiver 20.7 X-09: protocol and mechanism only', { protocol: 'SASL_SSL', 'sasl.mechanism': 'PLAIN' }],
];
for (const [name, secret] of invalid) {
  test(`${name} is refused`, () => {
    assert.throws(() => parseKafkaCredentials(secretData(secret)), isCredentialsError);
  });
}

test('receiver 20.7 X-07: without a protocol, user and password are SASL_PLAINTEXT (differs: Secrets of before the key protocol go on working)', () => {
  assert.equal(parseKafkaCredentials(secretData(user)).protocol, 'SASL_PLAINTEXT');
});

test('receiver 20.7 X-09: a Secret that is not there fails, one of several too', async () => {
  const resolve = createSecurityResolver({ reader: { read: () => Promise.resolve(undefined) } });
  const reference = Reference.fromPartial({ namespace: 'ns', name: 's', version: '1' });
  await assert.rejects(resolve({ $case: 'authSecret', value: reference }), isCredentialsError);
  const references = [{ reference, keyFieldReferences: [{ secretKey: 'user', field: SecretField.USER }] }];
  await assert.rejects(
    resolve({ $case: 'multiAuthSecret', value: { protocol: Protocol.SASL_PLAINTEXT, references } }),
    isCredentialsError,
  );
});
