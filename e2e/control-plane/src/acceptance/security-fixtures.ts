import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { ObjectIdentity } from '@eventing-kafka/kubernetes';
import { type Installation, type Manifest, systemNamespace } from '../installation.ts';

/** An EventPolicy for one object that admits the subject `sub`, and the status that Knative's controller writes when it has judged it. */
export function readyPolicy(
  namespace: string,
  name: string,
  { apiVersion, kind, name: target }: ObjectIdentity,
): readonly [policy: Manifest, status: Manifest] {
  const policy = {
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'EventPolicy',
    metadata: { namespace, name },
  };
  return [
    { ...policy, spec: { to: [{ ref: { apiVersion, kind, name: target } }], from: [{ sub: 'sub' }] } },
    { ...policy, status: { from: ['sub'], conditions: [{ type: 'Ready', status: 'True' }] } },
  ];
}

/** A TLS Secret of the system namespace under this name. Its certificate is a good one of somebody else: that of the webhooks. */
export async function servingCertificate(installation: Installation, name: string): Promise<Manifest> {
  const head = { apiVersion: 'v1', kind: 'Secret' };
  const found = await installation.read({ ...head, namespace: systemNamespace, name: 'kafka-webhook-eventing-certs' });
  const data = found?.['data'];
  assert.ok(data, 'the webhooks have a certificate');
  return {
    ...head,
    type: 'kubernetes.io/tls',
    metadata: { namespace: systemNamespace, name },
    data,
  };
}

/** Posts an event over TLS, to somebody who shows the certificate of {@link servingCertificate}; gives the status of the answer. */
export function postOverTls(url: string, authority: string): Promise<number> {
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'tls', 'ce-source': '/e2e', 'ce-type': 'com.example.event' };
  const servername = `kafka-webhook-eventing.${systemNamespace}.svc`;
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, ca: authority, servername, agent: false };
    request(url, { ...options, signal: AbortSignal.timeout(5_000) }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
