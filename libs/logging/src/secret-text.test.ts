import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSecretName, withoutSecrets } from './secret-text.ts';

test('names of secrets are known however they are written', () => {
  for (const name of [
    'password',
    'saslPassword',
    'sasl.password',
    'SASL_PASSWORD',
    'ssl.key.pem',
    'user.key',
    'clientSecret',
    'token',
    'idToken',
    'Authorization',
    'jaasConfig',
    'api-key',
    'credentials',
    'set-cookie',
    'privateKey',
  ]) {
    assert.equal(isSecretName(name), true, name);
  }
});

test('names that only speak of secrets or keys are shown', () => {
  for (const name of [
    'secretName',
    'secretNamespace',
    'secretRef',
    'key',
    'partitionKey',
    'recordKey',
    'keyField',
    'tokenCount',
    'tokenPath',
    'user',
  ]) {
    assert.equal(isSecretName(name), false, name);
  }
});

test('secrets within texts are taken out and the rest stays', () => {
  const rows: readonly [given: string, expected: string][] = [
    ['connect to amqp://user:hu$h@host:1/x?y=z', 'connect to amqp://user:[redacted]@host:1/x?y=z'],
    ['http://host:80/a@b', 'http://host:80/a@b'],
    ['Authorization: Bearer abc.DEF-123456', 'Authorization: Bearer [redacted]'],
    ['bearer authentication failed', 'bearer authentication failed'],
    ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1 back', 'got [redacted] back'],
    ['Login required username="a" password="hush hush";', 'Login required username="a" password=[redacted];'],
    ['sasl.password=hush, sasl.username=a', 'sasl.password=[redacted], sasl.username=a'],
    ['{"password": "hush"}', '{"password": [redacted]}'],
    ['x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y', 'x [redacted] y'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE cut', '[redacted]'],
    ['-----BEGIN CERTIFICATE-----\nMIIE', '-----BEGIN CERTIFICATE-----\nMIIE'],
  ];
  for (const [given, expected] of rows) assert.equal(withoutSecrets(given), expected);
});
