import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readSettings } from '@eventing-kafka/config';
import { secretData } from '../testing/secrets.ts';
import { mskTokenProvider } from './msk-token-provider.ts';
import { parseKafkaCredentials } from './parse-kafka-credentials.ts';
import { podCredentialsOptions, podCredentialsSettings } from './settings.ts';

// Nothing of the machine that runs this; the variables come before files and services.
delete process.env['AWS_SESSION_TOKEN'];
delete process.env['AWS_PROFILE'];
process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
process.env['AWS_CONFIG_FILE'] = process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/nonexistent';
process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE';
process.env['AWS_SECRET_ACCESS_KEY'] = 'secret-word';

function urlOf(token: string): URL {
  return new URL(Buffer.from(token, 'base64url').toString());
}

test('security 8 K13 MSKAccessTokenProvider, no awsRegion, AWS_REGION=eu-west-1', async () => {
  const settings = readSettings(podCredentialsSettings, {
    env: { AWS_REGION: 'eu-west-1', KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    args: [],
  });
  const { tokenProvider } = parseKafkaCredentials(
    secretData({ protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', tokenProvider: 'MSKAccessTokenProvider' }),
    podCredentialsOptions(settings),
  );
  const before = Date.now();
  const token = await tokenProvider?.token();
  assert.ok(token !== undefined);
  const url = urlOf(token.value);
  assert.equal(url.host, 'kafka.eu-west-1.amazonaws.com');
  assert.equal(url.pathname, '/');
  assert.doesNotMatch(token.value, /=/);
  const query = Object.fromEntries(url.searchParams);
  assert.equal(query['Action'], 'kafka-cluster:Connect');
  assert.equal(query['X-Amz-Expires'], '900');
  assert.match(query['X-Amz-Credential'] ?? '', /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/);
  assert.equal(query['X-Amz-SignedHeaders'], 'host');
  assert.match(query['X-Amz-Signature'] ?? '', /^[\da-f]{64}$/);
  assert.match(url.search, /&User-Agent=[^&]+$/);
  const signedAt = Date.parse(
    (query['X-Amz-Date'] ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  assert.equal(token.expiresAtMs, signedAt + 900_000);
  assert.ok(signedAt >= before - 1000 && signedAt <= Date.now());
});

test('one token serves all that ask while it is good, and providers of the same identity have the same key', async () => {
  const provider = mskTokenProvider({ region: 'eu-west-1' });
  const [first, second] = await Promise.all([provider.token(), provider.token()]);
  assert.equal(first, second);
  assert.equal(await provider.token(), first);
  assert.equal(provider.key, mskTokenProvider({ region: 'eu-west-1' }).key);
  assert.notEqual(provider.key, mskTokenProvider({ region: 'eu-west-1', roleArn: 'r' }).key);
  assert.doesNotMatch(provider.key, /secret-word/);
});

test('MSKRoleAccessTokenProvider takes the role on, in the session knative-eventing', async () => {
  const asked: URLSearchParams[] = [];
  await using server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      response.setHeader('content-type', 'text/xml');
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>AKIDROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>session</SessionToken>
        <Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env['AWS_ENDPOINT_URL_STS'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const roleArn = 'arn:aws:iam::123456789012:role/kafka';
    const token = await mskTokenProvider({ region: 'us-west-2', roleArn }).token();
    const query = urlOf(token.value).searchParams;
    assert.match(query.get('X-Amz-Credential') ?? '', /^AKIDROLE\//);
    assert.equal(query.get('X-Amz-Security-Token'), 'session');
    assert.deepEqual(
      asked.map((form) => [form.get('Action'), form.get('RoleArn'), form.get('RoleSessionName')]),
      [['AssumeRole', roleArn, 'knative-eventing']],
    );
  } finally {
    delete process.env['AWS_ENDPOINT_URL_STS'];
    server.closeAllConnections();
  }
});

test('without AWS credentials there is no token, and the next call asks again', async () => {
  const key = process.env['AWS_ACCESS_KEY_ID'];
  const provider = mskTokenProvider({ region: 'eu-west-1' });
  delete process.env['AWS_ACCESS_KEY_ID'];
  try {
    await assert.rejects(provider.token());
  } finally {
    process.env['AWS_ACCESS_KEY_ID'] = key;
  }
  assert.equal(urlOf((await provider.token()).value).host, 'kafka.eu-west-1.amazonaws.com');
});
