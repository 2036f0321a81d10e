/** An object as the API writes it; only what all objects have is typed. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: KubernetesMetadata;
  readonly [field: string]: unknown;
}

/** `metadata`, as far as anything here reads it. */
export interface KubernetesMetadata {
  readonly name: string;
  /** Absent: cluster-scoped. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly unknown[];
}

/** One of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Which object is meant. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent or empty: cluster-scoped. */
  readonly namespace?: string;
  readonly name: string;
}

/** An object as text, `Broker default/orders`: for logs and people. */
export function objectText({ kind, namespace, name }: Omit<ObjectIdentity, 'apiVersion'>): string {
  return namespace === undefined || namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The uid of the object that controls this one; undefined: nobody does. */
export function controllerUidOf(metadata: KubernetesMetadata): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}
