import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineSettings, readSettings } from '@eventing-kafka/config';
import { inClusterSettings } from '@eventing-kafka/in-cluster';
import { tokenVerificationSettings, tokenVerifierOptions } from './settings.ts';

const schema = combineSettings(inClusterSettings, tokenVerificationSettings);
const optionsOf = (env: Record<string, string>): ReturnType<typeof tokenVerifierOptions> =>
  tokenVerifierOptions(readSettings(schema, { env }));
const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

test('in a Pod the issuer is the API server, elsewhere there is none', () => {
  assert.equal(optionsOf(pod)?.baseUrl, 'https://kubernetes.default.svc');
  assert.equal(optionsOf(pod)?.alwaysExpected, false);
  assert.equal(optionsOf({}), undefined);
});

test('another issuer can be named anywhere', () => {
  const env = {
    OIDC_DISCOVERY_BASE_URL: 'https://issuer.example/realm',
    OIDC: 'required',
    OIDC_EXPIRY_TOLERANCE: '30s',
  };
  const options = optionsOf(env);
  assert.deepEqual(
    [options?.baseUrl, options?.inCluster, options?.alwaysExpected, options?.expiryToleranceSeconds],
    ['https://issuer.example/realm', undefined, true, 30],
  );
});

test('off is off, and said together with an issuer it is a mistake', () => {
  assert.equal(optionsOf({ ...pod, OIDC: 'off' }), undefined);
  assert.throws(() => optionsOf({ OIDC: 'off', OIDC_DISCOVERY_BASE_URL: 'https://x' }), /OIDC_DISCOVERY_BASE_URL/);
  assert.throws(() => optionsOf({ OIDC_DISCOVERY_BASE_URL: 'issuer.example' }), /an http or https URL/);
});
