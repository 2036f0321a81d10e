import { apiVersions } from '@eventing-kafka/resources';
import type { ClusterWriter, TriggerPlan } from '@eventing-kafka/resources';

/**
 * Makes the ServiceAccount of a Trigger, or takes away what it needs no longer (control-plane 16.5). Gives why it could not be made; an
 * account that could not be taken away is tried again with the next look, and harms nobody.
 */
export async function bringAboutIdentity(
  writer: ClusterWriter,
  { identity, trigger }: TriggerPlan,
): Promise<{ readonly kind: 'failed'; readonly message: string } | undefined> {
  const { namespace, uid } = trigger.metadata;
  try {
    // Once it is there it is not written again: that would be a request for each look at each Trigger.
    if (identity.apply !== undefined && identity.condition.status !== 'True') await writer.apply([identity.apply]);
    if (identity.remove !== undefined)
      await writer.remove(
        { apiVersion: apiVersions.ServiceAccount, kind: 'ServiceAccount', namespace, name: identity.remove },
        { controllerUid: uid },
      );
    return undefined;
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
