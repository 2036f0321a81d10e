import type { ConfigMap } from '../objects/resource-types.ts';

const bundleLabel = 'networking.knative.dev/trust-bundle';

/**
 * The certificates that all outgoing TLS trusts beside the platform's roots: the values of the labelled ConfigMaps of the system namespace
 * that hold at least one PEM certificate, sorted so that the contract stays the same (control-plane 4.4).
 */
export function trustBundlesOf(configMaps: Iterable<ConfigMap>, systemNamespace: string): readonly string[] {
  const bundles = new Set<string>();
  for (const { metadata, data } of configMaps) {
    if (metadata.namespace !== systemNamespace || metadata.labels[bundleLabel] !== 'true') continue;
    for (const value of Object.values(data)) if (holdsCertificate(value)) bundles.add(value);
  }
  return [...bundles].toSorted();
}

function holdsCertificate(text: string): boolean {
  return /-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/.test(text);
}
