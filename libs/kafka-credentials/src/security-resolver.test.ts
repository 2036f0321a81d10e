import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Protocol, Reference, SecretField, type Resource } from '@eventing-kafka/contract';
import { secretData } from '../testing/secrets.ts';
import type { SecretReader } from './secret-reader.ts';
import { createSecurityResolver } from './security-resolver.ts';

type Auth = NonNullable<Resource['auth']>;

const secret = (name: string): Auth => ({
  $case: 'authSecret',
  value: Reference.fromPartial({ namespace: 'ns', name, version: '1' }),
});

const good = secretData({ protocol: 'SASL_SSL', user: 'alice', password: 'secret-word' });

test('what the Secret holds at that moment is what counts', async () => {
  let password = 'first';
  const reader: SecretReader = {
    read: () => Promise.resolve(secretData({ protocol: 'SASL_SSL', user: 'alice', password })),
  };
  const resolve = createSecurityResolver({ reader });
  assert.equal((await resolve(secret('s'))).password, 'first');
  password = 'second';
  assert.equal((await resolve(secret('s'))).password, 'second');
});

test('a Secret that is not there is named', async () => {
  const resolve = createSecurityResolver({ reader: { read: () => Promise.resolve(undefined) } });
  await assert.rejects(resolve(secret('s')), {
    code: 'CREDENTIALS_UNAVAILABLE',
    reason: 'CredentialsUnavailable',
    message: 'Secret ns/s does not exist: create it',
  });
});

test('what is wrong with a Secret says which one, and which key', async () => {
  const reader = { read: () => Promise.resolve(secretData({ protocol: 'SASL_SSL', user: 'alice' })) };
  await assert.rejects(createSecurityResolver({ reader })(secret('s')), {
    code: 'CREDENTIALS_INVALID',
    reason: 'CredentialsInvalid',
    message: 'Secret ns/s: [protocol SASL_SSL] SASL password required (key: password)',
  });
});

test('references to several Secrets are read and put together', async () => {
  const reader: SecretReader = { read: (_namespace, name) => Promise.resolve(secretData({ k: `${name}-value` })) };
  const key = (name: string, field: SecretField) => ({
    reference: Reference.fromPartial({ namespace: 'ns', name }),
    keyFieldReferences: [{ secretKey: 'k', field }],
  });
  const security = await createSecurityResolver({ reader })({
    $case: 'multiAuthSecret',
    value: {
      protocol: Protocol.SASL_PLAINTEXT,
      references: [key('u', SecretField.USER), key('p', SecretField.PASSWORD)],
    },
  });
  assert.deepEqual(security, {
    protocol: 'SASL_PLAINTEXT',
    mechanism: 'PLAIN',
    user: 'u-value',
    password: 'p-value',
  });
});

test('what comes together is read once', async () => {
  const answer = Promise.withResolvers<typeof good>();
  const reads: string[] = [];
  const reader: SecretReader = {
    read: (namespace, name) => {
      reads.push(`${namespace}/${name}`);
      return answer.promise;
    },
  };
  const resolve = createSecurityResolver({ reader });
  const all = Promise.all([resolve(secret('s')), resolve(secret('s')), resolve(secret('t'))]);
  answer.resolve(good);
  await all;
  assert.deepEqual(reads, ['ns/s', 'ns/t']);
});

/** Answers nothing until it is told to stop. */
const silent: SecretReader = {
  read: (_namespace, _name, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
};

test('Kubernetes that does not answer is not waited for long, and by the first only', async () => {
  const resolve = createSecurityResolver({ reader: silent, readTimeoutMs: 50 });
  // The time limit holds no process alive by itself.
  const alive = setInterval(() => undefined, 1000);
  await assert.rejects(resolve(secret('s')), {
    code: 'CREDENTIALS_UNAVAILABLE',
    message: 'Secret ns/s could not be read: Kubernetes did not answer within 0.05 s',
  });
  clearInterval(alive);
  const patient = createSecurityResolver({
    reader: { read: () => Promise.reject(new Error('connect ECONNREFUSED')) },
    readTimeoutMs: 60_000,
  });
  await assert.rejects(patient(secret('s')), /Secret ns\/s could not be read: connect ECONNREFUSED/);
  await assert.rejects(patient(secret('t')), /Secret ns\/t could not be read: connect ECONNREFUSED/);
});

test('a Secret that may not be read keeps no other from being read', async () => {
  const reader: SecretReader = {
    read: (_namespace, name) =>
      name === 's' ? Promise.reject(Object.assign(new Error('forbidden'), { statusCode: 403 })) : Promise.resolve(good),
  };
  const resolve = createSecurityResolver({ reader });
  await assert.rejects(resolve(secret('s')), /Secret ns\/s could not be read: forbidden/);
  assert.equal((await resolve(secret('t'))).user, 'alice');
});

test('a process that stops waits for no Secret', async () => {
  const stop = new AbortController();
  const resolve = createSecurityResolver({ reader: silent, signal: stop.signal, readTimeoutMs: 60_000 });
  const asked = assert.rejects(resolve(secret('s')), { code: 'CREDENTIALS_UNAVAILABLE' });
  stop.abort();
  await asked;
});

test('resources of one AWS identity share its tokens', async () => {
  const data = { protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', tokenProvider: 'MSKAccessTokenProvider' };
  const regions: Readonly<Record<string, string>> = { s: 'eu-west-1', t: 'eu-west-1', u: 'us-west-2' };
  const reader: SecretReader = {
    read: (_namespace, name) => Promise.resolve(secretData({ ...data, awsRegion: regions[name] ?? '' })),
  };
  const resolve = createSecurityResolver({ reader });
  const [s, t, u] = await Promise.all(['s', 't', 'u'].map((name) => resolve(secret(name))));
  assert.ok(s?.tokenProvider !== undefined);
  assert.equal(s.tokenProvider, t?.tokenProvider);
  assert.notEqual(s.tokenProvider, u?.tokenProvider);
});
