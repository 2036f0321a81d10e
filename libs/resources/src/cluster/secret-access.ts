import { createHash } from 'node:crypto';
import type { ResourceKey } from '../objects/resource-key.ts';
import type { ObjectManifest } from '../objects/resource-source.ts';

/** A ServiceAccount of the data plane. */
export interface DataPlaneAccount {
  readonly namespace: string;
  readonly name: string;
}

const rbac = 'rbac.authorization.k8s.io';
const hashLength = 10;

/** Label of everything that is made here for data planes, and for nothing else. */
export const dataPlaneAccessLabel = 'eventing-kafka/secret-access';

/**
 * The Role and RoleBinding that let data planes read one Secret and nothing else in its namespace (security 6.3). The names follow from the
 * Secret's, so that applying them twice makes them once, and what is applied for one Secret never touches what is for another.
 */
export function planSecretAccess(
  secret: ResourceKey,
  accounts: readonly DataPlaneAccount[],
): readonly [role: ObjectManifest, binding: ObjectManifest] {
  const metadata = {
    namespace: secret.namespace,
    name: secretAccessName(secret),
    labels: { [dataPlaneAccessLabel]: 'true' },
    annotations: { [dataPlaneAccessLabel]: secret.name },
  };
  const subjects = accounts
    .map(({ namespace, name }) => ({ kind: 'ServiceAccount', namespace, name }))
    .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [secret.name], verbs: ['get'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
      subjects,
    },
  ];
}

/** Name of the Role and of the RoleBinding for a Secret, in its namespace. A Secret's own name may be too long to be part of it. */
export function secretAccessName({ name }: Pick<ResourceKey, 'name'>): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength);
  return `eventing-kafka-data-plane-${hash}`;
}
