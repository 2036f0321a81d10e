import { oidcServiceAccountName, planTokenAccess, tokenAccessName } from '@eventing-kafka/resources';
import type { ClusterWriter, DataPlaneAccount, IdentityFailure, Trigger, TriggerPlan } from '@eventing-kafka/resources';
import type { TriggerEntry } from '../entries.ts';

/**
 * Lets the dispatchers of a Trigger ask for tokens of its account while some destination asks for them, and no longer (security 6.3). Gives
 * why that could not be done: then nothing may be sent that would go without. What could not be taken back is tried again with the next look.
 *
 * @param dispatcher the account of the data plane that serves the Trigger
 */
export async function bringAboutTokens(
  writer: ClusterWriter,
  entry: TriggerEntry,
  { trigger, tokensOf }: TriggerPlan,
  dispatcher: DataPlaneAccount,
): Promise<IdentityFailure | undefined> {
  const wanted = tokensOf === undefined ? undefined : JSON.stringify([tokensOf, dispatcher.namespace, dispatcher.name]);
  if (entry.tokens === wanted) return undefined;
  try {
    if (tokensOf === undefined) await takeBackTokens(writer, entry, trigger);
    else await writer.apply(planTokenAccess(trigger, tokensOf, dispatcher));
    entry.tokens = wanted;
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (tokensOf === undefined) return { kind: 'failed', message: why };
    const account = `${trigger.metadata.namespace}/${tokensOf}`;
    const hint = 'on a cluster, its namespace has to be among "oidc.namespaces" of the chart';
    const message = `dispatchers cannot be allowed to ask for tokens of ServiceAccount ${account} (${hint}): ${why}`;
    return { kind: 'no-tokens', message };
  }
}

/** Dispatchers may ask for tokens of a Trigger's account no longer. Does nothing when they may not. */
export async function takeBackTokens(
  writer: ClusterWriter,
  entry: TriggerEntry,
  { metadata: { namespace, name, uid } }: Pick<Trigger, 'metadata'>,
): Promise<void> {
  if (entry.tokens === undefined) return;
  const access = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    namespace,
    name: tokenAccessName(oidcServiceAccountName(name)),
  };
  for (const kind of ['RoleBinding', 'Role']) await writer.remove({ ...access, kind }, { controllerUid: uid });
  entry.tokens = undefined;
}
