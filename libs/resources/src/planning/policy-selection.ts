import { apiVersions } from '../objects/resource-key.ts';
import type { Broker, EventPolicy, KafkaSink, ObjectMetadata } from '../objects/resource-types.ts';

type Target = EventPolicy['spec']['to'][number];
type Selector = NonNullable<Target['selector']>;
type Expression = NonNullable<Selector['matchExpressions']>[number];

/**
 * Whether a policy of the object's namespace speaks of it: it names no target, this object, or its kind and labels (control-plane 4.4).
 * Group, kind and name are compared whatever their case, the version is not. A target that cannot be understood may mean any object,
 * so that it shuts rather than opens.
 */
export function policyApplies({ spec }: EventPolicy, object: Broker | KafkaSink): boolean {
  return spec.to.length === 0 || spec.to.some((target) => matchesTarget(target, object));
}

function matchesTarget({ ref, selector }: Target, object: Broker | KafkaSink): boolean {
  if (ref !== undefined) return isOfKind(ref, object) && same(ref.name, object.metadata.name);
  if (selector === undefined) return true;
  return isOfKind(selector, object) && matchesLabels(selector, object.metadata);
}

function isOfKind(
  { apiVersion = '', kind }: { readonly apiVersion?: string; readonly kind?: string },
  object: Broker | KafkaSink,
): boolean {
  return same(groupOf(apiVersion), groupOf(apiVersions[object.kind])) && same(kind, object.kind);
}

function matchesLabels({ matchLabels = {}, matchExpressions = [] }: Selector, { labels }: ObjectMetadata): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => matchesExpression(expression, labels))
  );
}

/** As Kubernetes: `NotIn` also selects what has no such label. */
function matchesExpression(
  { key, operator, values = [] }: Expression,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function same(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
