import type { Features } from '../features/features.ts';
import type { Trigger } from '../objects/resource-types.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** Status annotation of a Trigger: its consumer group, once named for good. */
export const groupAnnotation = 'group.id';

/** The consumer group of a Trigger: the one it has, else one by the template (control-plane 9.3). */
export function groupIdOf(
  trigger: Trigger,
  annotations: Readonly<Record<string, string>>,
  features: Features,
): Outcome<string> {
  const kept = annotations[groupAnnotation];
  if (kept !== undefined) return succeeded(kept);
  if (!features.triggerGroupName.ok) return features.triggerGroupName;
  const groupId = features.triggerGroupName.value(trigger.metadata);
  const problem = groupIdProblem(groupId);
  return problem === undefined ? succeeded(groupId) : failed(problem);
}

/** What speaks against the name of a consumer group; undefined if nothing. Kafka takes any text, its tools and those around it do not. */
export function groupIdProblem(groupId: string): string | undefined {
  if (/^[A-Za-z0-9._-]{1,249}$/.test(groupId)) return undefined;
  const shown = groupId.length > 60 ? `${groupId.slice(0, 60)}…` : groupId;
  return `${JSON.stringify(shown)} cannot name a consumer group: 1 to 249 letters, digits, ".", "_" and "-" are allowed, it has ${groupId.length}`;
}
