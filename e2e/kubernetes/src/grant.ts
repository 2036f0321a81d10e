import { applyObject, deleteObject } from '@eventing-kafka/kubernetes';
import type { KubernetesClient } from '@eventing-kafka/kubernetes';

/** Lets a user read objects of a kind in a namespace. */
export async function grantReading(
  client: KubernetesClient,
  { namespace, user, resource }: { readonly namespace: string; readonly user: string; readonly resource: string },
): Promise<void> {
  const metadata = { namespace, name: `read-${resource}` };
  const options = { fieldManager: 'e2e' };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [''], resources: [resource], verbs: ['get', 'list', 'watch'] }];
  await applyObject(client, { apiVersion, kind: 'Role', metadata, rules }, options);
  await applyObject(
    client,
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
    options,
  );
}

/** Takes it back. */
export async function revokeReading(
  client: KubernetesClient,
  { namespace, resource }: { readonly namespace: string; readonly resource: string },
): Promise<void> {
  await deleteObject(client, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    namespace,
    name: `read-${resource}`,
  });
}
