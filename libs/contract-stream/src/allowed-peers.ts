import type { SpiffeIdentity } from './spiffe-identity.ts';

/**
 * Who may be at the other end, by what it does there: ids such as `spiffe://cluster.local/ns/knative-eventing/sa/kafka-receiver`. `{namespace}`
 * in one stands for the namespace of the data plane that a process says it belongs to. What has no entry is not allowed.
 */
export interface AllowedPeers {
  readonly controller?: readonly string[];
  readonly receiver?: readonly string[];
  readonly dispatcher?: readonly string[];
}

const placeholder = '{namespace}';

/**
 * Whether `identity` may act for the data plane of `dataPlaneNamespace`. For the shared one (empty) an id must be listed as it is. For
 * that of a namespace it must be listed too, and be an account of that namespace, so that no tenant reads what another's data plane serves.
 */
export function isAllowedPeer(
  identity: SpiffeIdentity,
  allowed: readonly string[] | undefined,
  dataPlaneNamespace: string,
): boolean {
  if (dataPlaneNamespace === '') return allowed?.includes(identity.id) ?? false;
  return (
    identity.namespace === dataPlaneNamespace &&
    (allowed?.some((id) => id.replaceAll(placeholder, dataPlaneNamespace) === identity.id) ?? false)
  );
}
