import assert from 'node:assert/strict';
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
export async function servingCertificate({ cluster }: Installation, name: string): Promise<Manifest> {
  const answer = await cluster.kubectl(['get', 'secrets', '-n', systemNamespace, '-o', 'json']);
  const { items } = JSON.parse(answer) as { readonly items: readonly (Manifest & { readonly type: string })[] };
  const found = items.find(({ metadata, type }) => type === 'kubernetes.io/tls' && metadata.name.includes('webhook'));
  assert.ok(found, 'the webhooks have a certificate');
  const { data } = found as { readonly data?: unknown };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { namespace: systemNamespace, name },
    data,
  };
}
