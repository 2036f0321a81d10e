import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '@eventing-kafka/config';
import { createInClusterClient } from '@eventing-kafka/in-cluster';
import { tokenVerificationSettings, tokenVerifierOptions } from './settings.ts';

const pod = createInClusterClient({ host: '10.0.0.1', port: 443, serviceAccountDir: '/nowhere' });
const optionsOf = (env: Record<string, string>, inCluster?: typeof pod): ReturnType<typeof tokenVerifierOptions> =>
  tokenVerifierOptions(readSettings(tokenVerificationSettings, { env }), inCluster);

test('in a Pod the issuer is the API server, elsewhere there is none', () => {
  assert.equal(optionsOf({}, pod)?.baseUrl, 'https://kubernetes.default.svc');
  assert.equal(optionsOf({}, pod)?.alwaysExpected, false);
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
  assert.equal(optionsOf({ OIDC: 'off' }, pod), undefined);
  assert.throws(() => optionsOf({ OIDC: 'off', OIDC_DISCOVERY_BASE_URL: 'https://x' }), /OIDC_DISCOVERY_BASE_URL/);
  assert.throws(() => optionsOf({ OIDC_DISCOVERY_BASE_URL: 'issuer.example' }), /an http or https URL/);
});
