import type { Condition, ConditionStatus } from '../objects/resource-status.ts';
import type { ValuePath } from '../parsing/structural-schema.ts';

/** What a check says about one condition, before time comes in. */
export interface ConditionMark {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  /** False only because something that is under way has not ended: no process connected yet, an acknowledgement awaited. */
  readonly waiting?: true;
  /** Where in the object its cause is written; absent when it is not written there. */
  readonly path?: ValuePath;
}

/** Where an object stands, in one word. */
export type ServingPhase = 'serving' | 'waiting' | 'refused';

/** A condition that holds. */
export function isTrue(type: string, reason?: string, message?: string): ConditionMark {
  return mark(type, 'True', reason, message);
}

/** A condition that does not hold. */
export function isFalse(type: string, reason: string, message?: string): ConditionMark {
  return mark(type, 'False', reason, message);
}

/** A condition that does not hold because of what is written at a path of the object. */
export function isRefused(path: ValuePath, ...[type, reason, message]: Parameters<typeof isFalse>): ConditionMark {
  return { ...isFalse(type, reason, message), path };
}

/** A condition of which nothing can be said yet. */
export function isUnknown(type: string, reason?: string, message?: string): ConditionMark {
  return mark(type, 'Unknown', reason, message);
}

function mark(type: string, status: ConditionStatus, reason = '', message = ''): ConditionMark {
  return {
    type,
    status,
    ...(reason === '' ? {} : { reason: cut(reason, maxReasonLength) }),
    ...(message === '' ? {} : { message: cut(message, maxMessageLength) }),
  };
}

/** What is quoted in a condition may be as long as whoever wrote it likes. */
const maxReasonLength = 1_024;
const maxMessageLength = 4_096;

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/**
 * The conditions of an object from what its checks say, in their order, with `Ready` added. A condition keeps its
 * `lastTransitionTime` unless something else in it changed. `Ready` is False with the words of a False condition, else
 * Unknown with those of an Unknown one, else True; among several the one that changed last is named, among those that
 * changed together the first check that does not only wait (control-plane 2.3). Sorted by type.
 */
export function summarizeConditions(
  marks: readonly ConditionMark[],
  previous: readonly Condition[],
  now: string,
): readonly Condition[] {
  const dependents = marks.map((item) => timed(item, previous, now));
  const waiting = new Set(marks.filter((item) => item.waiting === true).map(({ type }) => type));
  const causesFirst = dependents.toSorted((a, b) => Number(waiting.has(a.type)) - Number(waiting.has(b.type)));
  const worst = latest(causesFirst, 'False') ?? latest(causesFirst, 'Unknown');
  const ready = timed(
    worst === undefined ? isTrue('Ready') : mark('Ready', worst.status, worst.reason, worst.message),
    previous,
    now,
  );
  return [...dependents, ready].toSorted((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
}

/** Serving when all hold; waiting while what does not hold is under way; refused when something has to change first. */
export function servingPhase(marks: readonly ConditionMark[]): ServingPhase {
  if (marks.every((item) => item.status === 'True')) return 'serving';
  return marks.some((item) => item.status === 'False' && item.waiting !== true) ? 'refused' : 'waiting';
}

/** The condition of a type. */
export function conditionOf(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

function timed(item: ConditionMark, previous: readonly Condition[], now: string): Condition {
  const { waiting: _waiting, path: _path, ...rest } = item;
  const before = conditionOf(previous, item.type);
  const same = before?.status === item.status && before.reason === item.reason && before.message === item.message;
  return { ...rest, lastTransitionTime: same ? before.lastTransitionTime : now };
}

function latest(conditions: readonly Condition[], status: ConditionStatus): Condition | undefined {
  let found: Condition | undefined;
  for (const condition of conditions) {
    if (condition.status !== status) continue;
    if (found === undefined || condition.lastTransitionTime > found.lastTransitionTime) found = condition;
  }
  return found;
}
