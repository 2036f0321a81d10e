/** The rows A1 to A8 of dispatcher.md 21, by their numbers: which credentials a dispatcher takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Protocol, Reference, SecretField, type Resource } from '@eventing-kafka/contract';
import type { KafkaSecurity } from '@eventing-kafka/kafka-client';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { secretData } from '../testing/secrets.ts';
import { isCredentialsError } from './credentials-error.ts';
import { parseKafkaCredentials } from './parse-kafka-credentials.ts';
import { createSecurityResolver } from './security-resolver.ts';

const { caPem, client } = await makeCertificates();
const user = { user: 'alice', password: 'word' };
const pair = { 'user.crt': client.certPem, 'user.key': client.keyPem };

const valid: readonly (readonly [name: string, secret: Record<string, string>, settings: Partial<KafkaSecurity>])[] = [
  ['dispatcher 21 A1 SSL: a pair with a CA', { protocol: 'SSL', 'ca.crt': caPem, ...pair }, { protocol: 'SSL' }],
  ['dispatcher 21 A1 SSL: a pair without a CA', { protocol: 'SSL', ...pair }, { protocol: 'SSL' }],
  ['dispatcher 21 A1 SSL: user.skip without a pair', { protocol: 'SSL', 'user.skip': 'true' }, { protocol: 'SSL' }],
  [
    'dispatcher 21 A3 SCRAM-SHA-256',
    { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-256', ...user },
    { mechanism: 'SCRAM-SHA-256' },
  ],
  [
    'dispatcher 21 A3 SCRAM-SHA-512',
    { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-512', ...user },
    { mechanism: 'SCRAM-SHA-512' },
  ],
  [
    'dispatcher 21 A3 PLAIN',
    { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', ...user },
    { mechanism: 'PLAIN' },
  ],
  ['dispatcher 21 A3 no mechanism is PLAIN', { protocol: 'SASL_PLAINTEXT', ...user }, { mechanism: 'PLAIN' }],
  ['dispatcher 21 A5 SASL_SSL without CA and pair', { protocol: 'SASL_SSL', ...user }, { protocol: 'SASL_SSL' }],
  [
    'dispatcher 21 A6 no protocol (differs: such a Secret is of the older kind, which tells by its other keys)',
    { ...user },
    { protocol: 'SASL_PLAINTEXT' },
  ],
];
for (const [name, secret, settings] of valid) {
  test(`${name}: taken`, () => {
    const parsed = parseKafkaCredentials(secretData(secret));
    assert.deepEqual({ ...parsed, ...settings }, parsed);
  });
}

const invalid: readonly (readonly [name: string, secret: Record<string, string>, key: string])[] = [
  ['dispatcher 21 A2 SSL with a blank certificate', { protocol: 'SSL', ...pair, 'user.crt': ' ' }, 'user.crt'],
  ['dispatcher 21 A2 SSL with a blank key', { protocol: 'SSL', ...pair, 'user.key': ' ' }, 'user.key'],
  [
    'dispatcher 21 A4 SASL_SSL with SCRAM-SHA-513',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-513', ...user },
    'sasl.mechanism',
  ],
  ['dispatcher 21 A4 SASL_SSL with a blank user', { protocol: 'SASL_SSL', ...user, user: ' ' }, 'user'],
  ['dispatcher 21 A4 SASL_SSL without a password', { protocol: 'SASL_SSL', ...user, password: '' }, 'password'],
  [
    'dispatcher 21 A5 a blank CA (differs: what is there and is no certificate is a mistake, as security 8 K8 has it)',
    { protocol: 'SASL_SSL', 'ca.crt': ' ', ...user },
    'ca.crt',
  ],
  ['dispatcher 21 A6 an unknown protocol', { protocol: 'SASSO_PLAINTEXT', ...user }, 'protocol'],
];
for (const [name, secret, key] of invalid) {
  test(`${name}: refused by its key`, () => {
    assert.throws(
      () => parseKafkaCredentials(secretData(secret)),
      (error) => isCredentialsError(error) && new RegExp(`\\(key: [^)]*${key}`, 'u').test(error.message),
    );
  });
}

const secrets: Readonly<Record<string, Record<string, string>>> = {
  trust: { ca: caPem },
  identity: { crt: client.certPem, key: client.keyPem },
};
const reader = {
  read: (_namespace: string, name: string) => {
    const data = secrets[name];
    return Promise.resolve(data === undefined ? undefined : secretData(data));
  },
};

function fromSecret(name: string, keys: Readonly<Record<string, SecretField>>) {
  return {
    reference: Reference.fromPartial({ namespace: 'ns', name }),
    keyFieldReferences: Object.entries(keys).map(([secretKey, field]) => ({ secretKey, field })),
  };
}

type Auth = NonNullable<Resource['auth']>;

/** Of a resource without any auth nobody asks. */
function securityOf(auth: Auth): Promise<KafkaSecurity> {
  return createSecurityResolver({ reader })(auth);
}

test('dispatcher 21 A7 an absent auth and a multi-Secret without references are plaintext, as none is', async () => {
  const auths: Auth[] = [
    { $case: 'absentAuth', value: {} },
    { $case: 'multiAuthSecret', value: { protocol: Protocol.PLAINTEXT, references: [] } },
  ];
  for (const auth of auths) assert.deepEqual(await securityOf(auth), { protocol: 'PLAINTEXT' });
});

test('dispatcher 21 A8 the fields of two Secrets are combined, and one that is missing is an error', async () => {
  const trust = fromSecret('trust', { ca: SecretField.CA_CRT });
  const identity = fromSecret('identity', { crt: SecretField.USER_CRT, key: SecretField.USER_KEY });
  const multi = (...references: ReturnType<typeof fromSecret>[]): Auth => ({
    $case: 'multiAuthSecret',
    value: { protocol: Protocol.SSL, references },
  });
  const security = await securityOf(multi(trust, identity));
  assert.deepEqual(
    [security.protocol, security.caPem?.trim(), security.certPem?.trim(), security.keyPem?.trim()],
    ['SSL', caPem.trim(), client.certPem.trim(), client.keyPem.trim()],
  );
  await assert.rejects(securityOf(multi(trust, fromSecret('none', { crt: SecretField.USER_CRT }))), {
    code: 'CREDENTIALS_UNAVAILABLE',
  });
});
