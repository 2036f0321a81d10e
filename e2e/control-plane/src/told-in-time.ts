import { randomUUID } from 'node:crypto';
import type { ObjectIdentity } from '@eventing-kafka/kubernetes';
import type { Installation, ServedObject } from './installation.ts';
import { broker, identity, trigger } from './manifests.ts';

/** What an object has to tell, and how soon. */
export interface Told {
  readonly object: ObjectIdentity;
  /** For the message of the error: `is not Ready`. */
  readonly what: string;
  readonly looks: (object: ServedObject) => boolean;
  readonly withinMs: number;
  /** Asks something new and resolves when it is answered, on the way that the telling takes too; {@link controllerAnswers} unless given. */
  readonly later?: (installation: Installation) => Promise<void>;
}

/**
 * Waits until an object tells what it has to, in time. On a busy machine everything takes longer, the looking too: what was not seen in time is
 * still told in time if it stands there when something is answered that was asked only then. A controller that waits for a poll or a
 * timeout, which is what the limit is about, has not told it by then.
 *
 * @throws Error that shows how the object looked last
 */
export async function toldInTime(
  installation: Installation,
  { object, what, looks, withinMs, later = controllerAnswers }: Told,
): Promise<ServedObject> {
  try {
    return await installation.becomes(object, what, looks, withinMs);
  } catch {
    await later(installation);
    return await installation.becomes(object, what, looks, 0);
  }
}

/** The controller has looked at an object that is made now, and its status is written. */
export async function controllerAnswers(installation: Installation): Promise<void> {
  const question = trigger(`question-${randomUUID()}`, 'no-such-broker');
  await installation.apply(question);
  await installation.becomes(
    identity(question),
    'is looked at',
    ({ status, metadata }) => status?.observedGeneration === metadata.generation,
  );
  await installation.remove(identity(question));
}

/** Every receiver has answered to a contract that is made now: whatever they had to say to an older one is said. */
export async function everybodyServes(installation: Installation): Promise<void> {
  const question = broker(`question-${randomUUID()}`);
  await installation.apply(question);
  await installation.ready(identity(question));
  await installation.remove(identity(question));
}
