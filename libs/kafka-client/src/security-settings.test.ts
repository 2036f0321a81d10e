import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaSecurity } from './cluster.ts';
import { connectionOptions, parseBootstrapServers } from './platformatic/connection-options.ts';
import { securityProperties } from './security-settings.ts';

const at = (security?: KafkaSecurity): { bootstrapServers: string; security?: KafkaSecurity } =>
  security === undefined ? { bootstrapServers: 'a:1' } : { bootstrapServers: 'a:1', security };

const refused: readonly (readonly [string, KafkaSecurity, RegExp])[] = [
  ['an unknown protocol', { protocol: 'TLS' as 'SSL' }, /one of PLAINTEXT, SSL/],
  ['SASL without a password', { protocol: 'SASL_SSL', user: 'u' }, /user and password/],
  ['SASL with a blank user', { protocol: 'SASL_PLAINTEXT', user: ' ', password: 'p' }, /user and password/],
  [
    'an unknown mechanism',
    { protocol: 'SASL_SSL', mechanism: 'GSSAPI' as 'PLAIN', user: 'u', password: 'p' },
    /SCRAM-SHA-512/,
  ],
  ['OAUTHBEARER without tokens', { protocol: 'SASL_SSL', mechanism: 'OAUTHBEARER' }, /needs a tokenProvider/],
  ['a certificate without its key', { protocol: 'SSL', certPem: 'c' }, /both certPem and keyPem/],
];
for (const [name, security, message] of refused) {
  test(`${name} is refused`, () => {
    assert.throws(() => securityProperties(at(security)), { code: 'KAFKA_INVALID_CONFIG', message });
    assert.throws(() => connectionOptions(at(security)), { code: 'KAFKA_INVALID_CONFIG', message });
  });
}

test('a refusal does not tell the password', () => {
  const security: KafkaSecurity = {
    protocol: 'SASL_SSL',
    mechanism: 'X' as 'PLAIN',
    user: 'u',
    password: 'secret-word',
  };
  assert.throws(
    () => securityProperties(at(security)),
    (error: Error) => !error.message.includes('secret-word'),
  );
});

test('both drivers get the same security', () => {
  const security: KafkaSecurity = {
    protocol: 'SASL_SSL',
    mechanism: 'SCRAM-SHA-512',
    user: 'u',
    password: 'p',
    caPem: 'ca',
    certPem: 'cert',
    keyPem: 'key',
  };
  assert.deepEqual(securityProperties(at(security)), {
    'security.protocol': 'sasl_ssl',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.username': 'u',
    'sasl.password': 'p',
    'ssl.ca.pem': 'ca',
    'ssl.certificate.pem': 'cert',
    'ssl.key.pem': 'key',
  });
  const { sasl, tls } = connectionOptions(at(security));
  assert.deepEqual(sasl, { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' });
  assert.deepEqual(tls, { ca: 'ca', cert: 'cert', key: 'key' });
});

test('OAUTHBEARER has tokens and no user', async () => {
  const tokenProvider = { key: 'k', token: () => Promise.resolve({ value: 'token-word', expiresAtMs: 1 }) };
  const security: KafkaSecurity = { protocol: 'SASL_SSL', mechanism: 'OAUTHBEARER', caPem: 'ca', tokenProvider };
  assert.deepEqual(securityProperties(at(security)), {
    'security.protocol': 'sasl_ssl',
    'sasl.mechanism': 'OAUTHBEARER',
    'ssl.ca.pem': 'ca',
  });
  const { sasl } = connectionOptions(at(security));
  assert.equal(sasl?.mechanism, 'OAUTHBEARER');
  assert.equal(await (sasl.token as () => Promise<string>)(), 'token-word');
});

test('without security or with PLAINTEXT nothing is set, and without a CA the platform decides', () => {
  assert.deepEqual(securityProperties(at()), {});
  assert.deepEqual(securityProperties(at({ protocol: 'PLAINTEXT' })), {});
  assert.deepEqual(securityProperties(at({ protocol: 'SSL' })), {
    'security.protocol': 'ssl',
    'ssl.ca.location': 'probe',
  });
});

test('addresses are host:port with commas between', () => {
  assert.deepEqual(parseBootstrapServers(' a:1, b.c:9092 ,[::1]:3,PLAINTEXT://d:4'), [
    { host: 'a', port: 1 },
    { host: 'b.c', port: 9092 },
    { host: '::1', port: 3 },
    { host: 'd', port: 4 },
  ]);
  for (const bad of ['', ' , ', 'a', 'a:', ':1', 'a:0', 'a:70000', 'a:b']) {
    assert.throws(() => parseBootstrapServers(bad), { code: 'KAFKA_INVALID_CONFIG' }, bad);
  }
});
