import type { Resource } from '@eventing-kafka/contract';
import type { ProcessKind } from './server-api.ts';

/** What of a contract concerns a process. */
export interface DataPlaneScope {
  readonly kind: ProcessKind;
  /** Namespace of the data plane it belongs to; empty: the shared data plane. */
  readonly namespace: string;
  /** Kinds of resources it serves, by `reference.kind`; none: all. */
  readonly resourceKinds: readonly string[];
}

/** Equal for scopes that see the same of every contract. */
export function scopeKey({ kind, namespace, resourceKinds }: DataPlaneScope): string {
  return JSON.stringify([kind, namespace, ...[...new Set(resourceKinds)].sort()]);
}

/** What of a resource decides who serves it. */
export type PlacedResource = Pick<Resource, 'dataPlaneNamespace' | 'reference'>;

/** Whether a process of this namespace and these kinds serves a resource: it belongs to the same data plane, and is of such a kind. */
export function servesResource(
  { namespace, resourceKinds }: Pick<DataPlaneScope, 'namespace' | 'resourceKinds'>,
  resource: PlacedResource,
): boolean {
  return (
    resource.dataPlaneNamespace === namespace &&
    (resourceKinds.length === 0 || resourceKinds.includes(resource.reference?.kind ?? ''))
  );
}
