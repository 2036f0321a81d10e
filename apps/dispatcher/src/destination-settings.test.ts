import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '@eventing-kafka/config';
import { dispatcherSettings } from './config.ts';
import { destinationRules } from './destination-settings.ts';

const rules = (env: Readonly<Record<string, string>>): ReturnType<typeof destinationRules> =>
  destinationRules(readSettings(dispatcherSettings, { env, args: [] }));

test('this machine is a destination outside of Kubernetes and not in a Pod, unless it is said', () => {
  const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  assert.equal(rules({}).allowLoopback, true);
  assert.equal(rules(pod).allowLoopback, false);
  assert.equal(rules({ ...pod, ALLOW_LOOPBACK_DESTINATIONS: 'true' }).allowLoopback, true);
  assert.equal(rules({ ALLOW_LOOPBACK_DESTINATIONS: 'false' }).allowLoopback, false);
});

test('the API server of the cluster is denied beside what is set', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', DENIED_DESTINATION_CIDRS: '10.0.0.0/8,fd00::/8' };
  assert.deepEqual(rules(env).deniedCidrs, ['10.0.0.0/8', 'fd00::/8', '10.96.0.1']);
});

test('a range that is none is told with its setting', () => {
  assert.throws(() => rules({ ALLOWED_DESTINATION_CIDRS: '10.0.0.0/8,all' }), /ALLOWED_DESTINATION_CIDRS has "all"/);
});
