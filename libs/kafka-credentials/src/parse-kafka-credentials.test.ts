import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import type { KafkaSecurity } from '@eventing-kafka/kafka-client';
import { makeCertificates } from '@eventing-kafka/local-kafka/certificates';
import { secretData } from '../testing/secrets.ts';
import { isCredentialsError } from './credentials-error.ts';
import { parseKafkaCredentials } from './parse-kafka-credentials.ts';

const { caPem, client, server } = await makeCertificates('rsa');
const user = { user: 'alice', password: 'secret-word' };
const pair = { 'user.crt': client.certPem, 'user.key': client.keyPem };

const taken: readonly (readonly [string, Record<string, string>, KafkaSecurity])[] = [
  ['PLAINTEXT', { protocol: 'PLAINTEXT' }, { protocol: 'PLAINTEXT' }],
  [
    'SASL without a mechanism, which is PLAIN',
    { protocol: 'SASL_PLAINTEXT', ...user },
    { protocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN', ...user },
  ],
  ...(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map(
    (mechanism) =>
      [
        `SASL with ${mechanism}`,
        { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': mechanism, ...user },
        { protocol: 'SASL_PLAINTEXT', mechanism, ...user },
      ] as const,
  ),
  [
    'SSL with a client certificate',
    { protocol: 'SSL', 'ca.crt': caPem, ...pair },
    {
      protocol: 'SSL',
      caPem: `${caPem.trim()}\n`,
      certPem: `${client.certPem.trim()}\n`,
      keyPem: `${client.keyPem.trim()}\n`,
    },
  ],
  ['SSL without one, said so', { protocol: 'SSL', 'user.skip': 'true' }, { protocol: 'SSL' }],
  ['SSL with one that is to be left out', { protocol: 'SSL', 'user.skip': 'T', ...pair }, { protocol: 'SSL' }],
  [
    'SSL that trusts the platform',
    { protocol: 'SSL', ...pair },
    { protocol: 'SSL', certPem: `${client.certPem.trim()}\n`, keyPem: `${client.keyPem.trim()}\n` },
  ],
  [
    'SASL_SSL with a certificate as well',
    { protocol: 'SASL_SSL', ...user, ...pair },
    {
      protocol: 'SASL_SSL',
      mechanism: 'PLAIN',
      ...user,
      certPem: `${client.certPem.trim()}\n`,
      keyPem: `${client.keyPem.trim()}\n`,
    },
  ],
  [
    'SASL_SSL with half a certificate, which is none',
    { protocol: 'SASL_SSL', ...user, 'user.crt': client.certPem },
    { protocol: 'SASL_SSL', mechanism: 'PLAIN', ...user },
  ],
  [
    'texts as they are, untrimmed',
    { protocol: 'SASL_PLAINTEXT', user: ' alice ', password: 'a"b\\c;\n' },
    { protocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN', user: ' alice ', password: 'a"b\\c;\n' },
  ],
  ['legacy: nothing', {}, { protocol: 'PLAINTEXT' }],
  ['legacy: tls.enabled', { 'tls.enabled': 'true', 'user.skip': 'true' }, { protocol: 'SSL' }],
  ['legacy: tls.enabled that is no boolean is false', { 'tls.enabled': 'yes' }, { protocol: 'PLAINTEXT' }],
  ['legacy: an empty ca.crt is none', { 'ca.crt': '' }, { protocol: 'PLAINTEXT' }],
  [
    'legacy: username and password',
    { username: 'bob', password: 'p' },
    { protocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN', user: 'bob', password: 'p' },
  ],
  [
    'legacy: user wins over username, saslType over sasltype (SD12)',
    { username: 'bob', ...user, sasltype: 'PLAIN', saslType: 'SCRAM-SHA-512' },
    { protocol: 'SASL_PLAINTEXT', mechanism: 'SCRAM-SHA-512', ...user },
  ],
  ['legacy: a password without a user asks for nothing', { password: 'p' }, { protocol: 'PLAINTEXT' }],
  [
    'legacy: user.skip is kept (SD17)',
    { 'ca.crt': caPem, 'user.skip': 'true' },
    { protocol: 'SSL', caPem: `${caPem.trim()}\n` },
  ],
  [
    'security 8 K9 ca.crt, user and password',
    { 'ca.crt': caPem, ...user },
    { protocol: 'SASL_SSL', mechanism: 'PLAIN', ...user, caPem: `${caPem.trim()}\n` },
  ],
  ['security 8 K10 a legacy Secret with no known key', { colour: 'blue' }, { protocol: 'PLAINTEXT' }],
];
for (const [name, data, security] of taken) {
  test(`${name} is taken`, () => {
    assert.deepEqual(parseKafkaCredentials(secretData(data)), security);
  });
}

const refused: readonly (readonly [string, Record<string, string>, string | RegExp])[] = [
  [
    'security 8 K1 protocol PLAIN',
    { protocol: 'PLAIN' },
    'protocol PLAIN unsupported (key: protocol), supported protocols: [PLAINTEXT SASL_PLAINTEXT SSL SASL_SSL]',
  ],
  ['an empty protocol', { protocol: '' }, /^protocol {2}unsupported \(key: protocol\)/],
  ['a protocol in small letters', { protocol: 'ssl' }, /^protocol ssl unsupported/],
  [
    'security 8 K4 mechanism SCRAM-SHA-513',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-513', ...user },
    '[protocol SASL_SSL] unsupported SASL mechanism (key: sasl.mechanism)',
  ],
  [
    'security 8 K5 SASL with an empty user',
    { protocol: 'SASL_PLAINTEXT', ...user, user: '' },
    '[protocol SASL_PLAINTEXT] SASL user required (key: user)',
  ],
  ['a blank user', { protocol: 'SASL_PLAINTEXT', ...user, user: ' \n' }, /\(key: user\)$/],
  [
    'no password',
    { protocol: 'SASL_SSL', user: 'alice' },
    '[protocol SASL_SSL] SASL password required (key: password)',
  ],
  [
    'a password that would be cut off',
    { protocol: 'SASL_SSL', user: 'a', password: 'b\0c' },
    /NUL .*\(key: password\)$/,
  ],
  [
    'security 8 K7 SSL without user.key and without user.skip',
    { protocol: 'SSL', 'ca.crt': caPem, 'user.crt': client.certPem },
    '[protocol SSL] required user key (key: user.key|user.crt) - use "user.skip: true" to disable client auth',
  ],
  [
    'a legacy SSL follows the same rules',
    { 'ca.crt': caPem },
    '[protocol SSL] required user key (key: user.key|user.crt) - use "user.skip: true" to disable client auth',
  ],
  [
    'security 8 K8 ca.crt: foo',
    { protocol: 'SSL', 'ca.crt': 'foo', 'user.skip': 'true' },
    '[protocol SSL] failed to parse CA certificates (key: ca.crt)',
  ],
  ['an empty ca.crt', { protocol: 'SASL_SSL', ...user, 'ca.crt': '' }, /\(key: ca\.crt\)$/],
  [
    'a CA bundle with a broken certificate in it',
    {
      protocol: 'SASL_SSL',
      ...user,
      'ca.crt': `${caPem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
    },
    /\(key: ca\.crt\)$/,
  ],
  [
    'user.skip: maybe',
    { protocol: 'SSL', 'user.skip': 'maybe' },
    /^\[protocol SSL\] failed to parse client auth flag \(key: user\.skip\): /,
  ],
  [
    'a certificate that is none',
    { protocol: 'SSL', ...pair, 'user.crt': 'foo' },
    /failed to load x\.509 key pair: .*\(key: user\.crt\)$/,
  ],
  [
    'a key that is none',
    { protocol: 'SSL', ...pair, 'user.key': 'foo' },
    /failed to load x\.509 key pair: .*\(key: user\.key\)$/,
  ],
  [
    'the key of another certificate',
    { protocol: 'SSL', ...pair, 'user.key': server.keyPem },
    /does not belong to the certificate/,
  ],
  [
    'a key with a passphrase',
    {
      protocol: 'SSL',
      ...pair,
      'user.key': createPrivateKey(client.keyPem)
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' })
        .toString(),
    },
    /encrypted; give it without a passphrase \(key: user\.key\)$/,
  ],
  [
    'security 8 K12 OAUTHBEARER without tokenProvider',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER' },
    '[protocol SASL_SSL] failed to create OAUTHBEARER token provider: OAUTHBEARER token provider required (key: tokenProvider)',
  ],
  [
    'an unknown token provider',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', tokenProvider: 'X' },
    /token provider unsupported \(key: tokenProvider\), supported: \[MSKAccessTokenProvider MSKRoleAccessTokenProvider\]$/,
  ],
  [
    'a role provider without a role',
    { protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', tokenProvider: 'MSKRoleAccessTokenProvider' },
    /role ARN required \(key: roleARN\)$/,
  ],
  [
    'a region that would lead to another host',
    {
      protocol: 'SASL_SSL',
      'sasl.mechanism': 'OAUTHBEARER',
      tokenProvider: 'MSKAccessTokenProvider',
      awsRegion: 'x.evil/',
    },
    /\(key: awsRegion\)$/,
  ],
];
for (const [name, data, message] of refused) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => parseKafkaCredentials(secretData(data)),
      (error) => {
        assert.ok(isCredentialsError(error));
        assert.equal(error.code, 'CREDENTIALS_INVALID');
        if (typeof message === 'string') assert.equal(error.message, message);
        else assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('a refusal holds no value, in its message or beneath it', () => {
  const secrets = {
    user: 'user-word',
    password: 'password-word',
    'user.key': client.keyPem,
    'user.crt': client.certPem,
  };
  for (const data of [
    { protocol: 'SASL_SSL', ...secrets, 'sasl.mechanism': 'mechanism-word' },
    { protocol: 'SASL_SSL', ...secrets, 'ca.crt': 'ca-word' },
    { protocol: 'SSL', ...secrets, 'user.crt': 'crt-word' },
    { protocol: 'SSL', ...secrets, 'user.key': 'key-word' },
    { protocol: 'SSL', ...secrets, 'user.key': server.keyPem },
    { protocol: 'SSL', ...secrets, 'user.skip': 'skip-word' },
  ]) {
    assert.throws(
      () => parseKafkaCredentials(secretData(data)),
      (error: Error) => !/-word|BEGIN/.test(`${error.stack ?? ''} ${JSON.stringify(error.cause)}`),
    );
  }
});

test('bytes that are no text are refused by their key', () => {
  const data = { protocol: Buffer.from('SASL_SSL'), user: Buffer.from('a'), password: Buffer.from([0xff, 0xfe]) };
  assert.throws(() => parseKafkaCredentials(data), { message: 'the value is not text in UTF-8 (key: password)' });
});

test('a PKCS#1 key is taken, as PKCS#8', () => {
  const pkcs1 = createPrivateKey(client.keyPem).export({ type: 'pkcs1', format: 'pem' }).toString();
  assert.match(pkcs1, /BEGIN RSA PRIVATE KEY/);
  const { keyPem } = parseKafkaCredentials(secretData({ protocol: 'SSL', ...pair, 'user.key': pkcs1 }));
  assert.match(keyPem ?? '', /^-----BEGIN PRIVATE KEY-----/);
  assert.ok(createPublicKey(keyPem ?? '').equals(createPublicKey(client.keyPem)));
});

test('OAUTHBEARER gets the tokens of its provider, role and region', () => {
  const asked: unknown[] = [];
  const options = {
    defaultRegion: 'eu-west-1',
    tokenProvider: (source: object) => {
      asked.push(source);
      return { key: 'k', token: () => Promise.reject(new Error('not asked')) };
    },
  };
  const base = { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'OAUTHBEARER' };
  const security = parseKafkaCredentials(secretData({ ...base, tokenProvider: 'MSKAccessTokenProvider' }), options);
  assert.equal(security.mechanism, 'OAUTHBEARER');
  assert.equal(security.tokenProvider?.key, 'k');
  const role = {
    tokenProvider: 'MSKRoleAccessTokenProvider',
    roleARN: 'arn:aws:iam::1:role/r',
    awsRegion: 'us-west-2',
  };
  parseKafkaCredentials(secretData({ ...base, ...role }), options);
  assert.deepEqual(asked, [{ region: 'eu-west-1' }, { region: 'us-west-2', roleArn: 'arn:aws:iam::1:role/r' }]);
});
