/** What a ServiceAccount may do with single objects of its namespace. */
export interface GrantedRights {
  readonly namespace: string;
  readonly account: string;
  /** Of the Role and its binding. */
  readonly name: string;
  /** Of the core API group, such as `secrets`. */
  readonly resource: string;
  readonly resourceName: string;
  readonly verb: string;
}

/** A Role with one rule and its binding, as JSON for `kubectl apply`. */
export function grantedRights({ namespace, account, name, resource, resourceName, verb }: GrantedRights): string {
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  const metadata = { namespace, name };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: [resource], resourceNames: [resourceName], verbs: [verb] }],
      },
      {
        apiVersion,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', namespace, name: account }],
      },
    ],
  });
}
