import { apiVersions } from '../objects/resource-key.ts';
import type { ObjectManifest } from '../objects/resource-source.ts';
import type { Trigger } from '../objects/resource-types.ts';
import { dataPlaneAccessLabel } from './secret-access.ts';
import type { DataPlaneAccount } from './secret-access.ts';

const rbac = 'rbac.authorization.k8s.io';

/**
 * Annotation of a Trigger's status: the account whose tokens its dispatchers may ask for. A controller that starts later knows from it what
 * has to be taken back.
 */
export const tokenAccessAnnotation = 'kafka.eventing.knative.dev/held.tokens';

/**
 * The Role and RoleBinding that let a dispatcher ask for tokens of the account of one Trigger, and of no other (security 6.3). The Trigger
 * owns them, so that they go with it by themselves.
 *
 * @param accountName the account, in the Trigger's namespace
 * @param dispatcher the account of the data plane that serves the Trigger
 */
export function planTokenAccess(
  { metadata: { namespace, name, uid } }: Trigger,
  accountName: string,
  dispatcher: DataPlaneAccount,
): readonly [role: ObjectManifest, binding: ObjectManifest] {
  const metadata = {
    namespace,
    name: tokenAccessName(accountName),
    labels: { [dataPlaneAccessLabel]: 'true' },
    ownerReferences: [
      { apiVersion: apiVersions.Trigger, kind: 'Trigger', name, uid, controller: true, blockOwnerDeletion: false },
    ],
  };
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [accountName], verbs: ['create'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', ...dispatcher }],
    },
  ];
}

/** Name of the Role and of the RoleBinding for an account, in its namespace. */
export function tokenAccessName(accountName: string): string {
  return `eventing-kafka-data-plane-tokens-${accountName}`;
}
