import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '@eventing-kafka/e2e-support';
import { applyObject } from '@eventing-kafka/kubernetes';
import { type Manifest, systemNamespace } from '../installation.ts';
import { identity } from '../manifests.ts';
import { type AcceptanceSuite, namespaces } from './acceptance-suite.ts';
import { allTrue, brokerIngress, rowBroker, topicOf } from './broker-fixtures.ts';
import { postOverTls, readyPolicy, servingCertificate } from './security-fixtures.ts';

/** Rows of control-plane 24.1 that speak of addresses, senders and policies. */
export function brokerSecurityRows(suite: () => AcceptanceSuite): void {
  test('control-plane 24.1 B31: with OIDC the address carries the audience and the default mode counts, and who sends without a token is refused', async () => {
    const { installation, shows, withFeatures } = suite();
    const broker = rowBroker('b31');
    await installation.apply(broker);
    await shows(identity(broker), allTrue(topicOf('b31')));
    await withFeatures('config-features', { 'authentication-oidc': 'enabled' }, async () => {
      const audience = `eventing.knative.dev/broker/${namespaces.brokers}/b31`;
      const { status } = await shows(identity(broker), {
        EventPoliciesReady: 'True | DefaultAuthorizationMode | Default authz mode is "Allow-Same-Namespace"',
        ProbeSucceeded: 'True',
        Ready: 'True',
      });
      const address = { name: 'http', url: `${brokerIngress}/${namespaces.brokers}/b31`, audience };
      assert.deepEqual(status?.address, address);
      assert.deepEqual(status.addresses, [address]);
      assert.equal(await installation.post(`/${namespaces.brokers}/b31`, { id: 'without-a-token' }), 401);
    });
    await shows(identity(broker), allTrue(topicOf('b31')));
  });

  test('control-plane 24.1 B32: a Ready policy stands in the status, and one that is not Ready is named', async () => {
    const { installation, shows, withFeatures } = suite();
    const broker = rowBroker('b32');
    const [policy, policyStatus] = readyPolicy(namespaces.brokers, 'test-event-policy-ready', identity(broker));
    await installation.apply(broker);
    await withFeatures('config-features', { 'authentication-oidc': 'enabled' }, async () => {
      await eventually('policies are admitted', () => installation.apply(policy).then(() => true));
      await shows(identity(broker), {
        EventPoliciesReady: 'False | EventPoliciesNotReady | event policies test-event-policy-ready are not ready',
      });
      await applyObject(installation.client, policyStatus, { fieldManager: 'knative', subresource: 'status' });
      const { status } = await shows(identity(broker), { EventPoliciesReady: 'True' });
      assert.deepEqual(status?.['policies'], [
        { apiVersion: 'eventing.knative.dev/v1alpha1', name: 'test-event-policy-ready' },
      ]);
    });
    await installation.remove(identity(policy));
  });

  test('control-plane 24.1 B34, https first (security SD15): permissive encryption gives both addresses, and both are served', async () => {
    const { installation, shows, withFeatures } = suite();
    const broker = rowBroker('b34');
    const secret: Manifest = await servingCertificate(installation, 'kafka-broker-ingress-server-tls');
    await installation.apply(broker);
    await withFeatures('config-features', { 'transport-encryption': 'permissive' }, async () => {
      await shows(identity(broker), {
        Addressable: `False | AddressNotAvailable | failed to get CA certs from ${systemNamespace}/kafka-broker-ingress-server-tls: secrets "kafka-broker-ingress-server-tls" not found`,
      });
      await installation.apply(secret);
      const { status } = await shows(identity(broker), allTrue(topicOf('b34')));
      const http = { name: 'http', url: `${brokerIngress}/${namespaces.brokers}/b34` };
      const authority = Buffer.from((secret['data'] as Record<string, string>)['ca.crt'] ?? '', 'base64').toString();
      const https = { name: 'https', url: http.url.replace('http:', 'https:'), CACerts: authority };
      assert.deepEqual(status?.address, http);
      assert.deepEqual(status.addresses, [https, http]);
      const ingress = await installation.cluster.serviceAddress(systemNamespace, 'kafka-broker-ingress');
      await eventually(
        'an event is accepted over TLS',
        async () => (await postOverTls(`https://${ingress}/${namespaces.brokers}/b34`, authority)) === 202,
      );
    });
    await installation.becomes(identity(broker), 'has one address again', (now) => now.status?.addresses?.length === 1);
    await installation.remove(identity(secret));
  });
}
