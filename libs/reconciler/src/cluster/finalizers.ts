import { finalizerOf, ownFinalizers } from '@eventing-kafka/resources';
import type { ClusterWriter, ServedKey, ServedResource } from '@eventing-kafka/resources';

/**
 * Makes sure that an object does not go without us, and says so (control-plane 2.2 step 5). Rejects when that could not be done; then nothing
 * may be made for the object.
 *
 * @param brokerClass of a Trigger's Broker
 */
export async function addFinalizer(
  cluster: ClusterWriter,
  object: ServedResource,
  brokerClass?: string,
): Promise<void> {
  if (ownFinalizers(object).length > 0) return;
  const { key, uid } = identityOf(object);
  await noted(cluster, key, uid, () => cluster.addFinalizer(key, uid, finalizerOf(object, brokerClass)));
}

/** Lets an object go, and says so. Rejects when that could not be done. */
export async function removeFinalizers(cluster: ClusterWriter, object: ServedResource): Promise<void> {
  const { key, uid } = identityOf(object);
  for (const finalizer of ownFinalizers(object))
    await noted(cluster, key, uid, () => cluster.removeFinalizer(key, uid, finalizer));
}

function identityOf({ kind, metadata }: ServedResource): { readonly key: ServedKey; readonly uid: string } {
  const { namespace, name, uid } = metadata;
  return { key: { kind, namespace, name }, uid };
}

async function noted(cluster: ClusterWriter, key: ServedKey, uid: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Failed to update finalizers for "${key.name}": ${why}`;
    cluster.record(key, uid, { type: 'Warning', reason: 'FinalizerUpdateFailed', message });
    throw error;
  }
  cluster.record(key, uid, { type: 'Normal', reason: 'FinalizerUpdate', message: `Updated "${key.name}" finalizers` });
}
