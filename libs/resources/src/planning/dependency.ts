import { isFalse, isRefused, isUnknown } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import { foreignKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Trigger } from '../objects/resource-types.ts';
import { isRecord } from '../parsing/structural-schema.ts';
import { resourceName } from './destination.ts';

/** Annotation of a Trigger: an object, as JSON with apiVersion, kind and name, that has to be Ready before the Trigger is. */
export const dependencyAnnotation = 'knative.dev/dependency';

/** What is wrong with the object that a Trigger depends on; undefined when it is Ready, or there is none (control-plane 26 no. 30). */
export function dependencyProblem(trigger: Trigger, view: ResourceView): ConditionMark | undefined {
  const text = trigger.metadata.annotations[dependencyAnnotation];
  if (text === undefined) return undefined;
  const { namespace } = trigger.metadata;
  const reference = parsedReference(text);
  if (reference === undefined || (reference.namespace !== '' && reference.namespace !== namespace)) {
    return isRefused(
      ['metadata', 'annotations', dependencyAnnotation],
      'DependencyReady',
      'InvalidDependency',
      `annotation ${dependencyAnnotation} has to be JSON with apiVersion, kind and name of an object of namespace ${namespace}`,
    );
  }
  const { apiVersion, kind, name } = reference;
  const found = view.get('ForeignObject', namespace, foreignKey(apiVersion, kind, namespace, name).name);
  if (found === undefined) {
    return isFalse(
      'DependencyReady',
      'DependencyDoesNotExist',
      `Dependency does not exist: ${resourceName(kind, apiVersion)} "${name}" not found`,
    );
  }
  if (found.ready?.status === 'True') return undefined;
  const { status, reason, message } = found.ready ?? { status: 'Unknown' as const, reason: '', message: '' };
  const mark = status === 'False' ? isFalse : isUnknown;
  return mark(
    'DependencyReady',
    reason === '' ? 'DependencyNotReady' : reason,
    message === '' ? `Dependency ${kind} ${name} is not ready` : message,
  );
}

function parsedReference(text: string): Record<'apiVersion' | 'kind' | 'name' | 'namespace', string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { apiVersion, kind, name, namespace = '' } = value;
  return typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof name === 'string' &&
    typeof namespace === 'string' &&
    ![apiVersion, kind, name].includes('')
    ? { apiVersion, kind, name, namespace }
    : undefined;
}
