import {
  applyObject,
  controllerUidOf,
  deleteObject,
  isKubernetesError,
  KubernetesError,
  objectText,
  patchFinalizers,
  readObject,
  readSecretData,
} from '@eventing-kafka/kubernetes';
import type { EventRecorder, KubernetesClient, ObjectIdentity } from '@eventing-kafka/kubernetes';
import { apiVersions } from '@eventing-kafka/resources';
import type { ClusterWriter, ObjectEvent, ObjectManifest, ResourceKey } from '@eventing-kafka/resources';

/** Conflicts in a row before it is given up. */
const maxAttempts = 5;

/** Writes to the API server; each method as {@link ClusterWriter} says. */
export class KubernetesWriter implements ClusterWriter {
  readonly #client: KubernetesClient;
  readonly #recorder: EventRecorder;
  readonly #fieldManager: string;

  constructor(client: KubernetesClient, recorder: EventRecorder, fieldManager: string) {
    this.#client = client;
    this.#recorder = recorder;
    this.#fieldManager = fieldManager;
  }

  async addFinalizer(key: ResourceKey, uid: string, finalizer: string): Promise<void> {
    await patchFinalizers(this.#client, identityOf(key), { uid, add: finalizer });
  }

  async removeFinalizer(key: ResourceKey, uid: string, finalizer: string): Promise<void> {
    await patchFinalizers(this.#client, identityOf(key), { uid, remove: finalizer });
  }

  async apply(objects: readonly ObjectManifest[]): Promise<void> {
    for (const object of objects) await this.#applyOne(object);
  }

  async applyStatus(key: ResourceKey, uid: string, status: Readonly<Record<string, unknown>>): Promise<void> {
    const { apiVersion, kind, namespace, name } = { namespace: '', ...identityOf(key) };
    try {
      await applyObject(
        this.#client,
        { apiVersion, kind, metadata: { namespace, name, uid }, status },
        { fieldManager: this.#fieldManager, subresource: 'status' },
      );
    } catch (error) {
      // Gone, or another object of this name.
      if (isKubernetesError(error, 'KUBERNETES_NOT_FOUND') || isKubernetesError(error, 'KUBERNETES_CONFLICT')) return;
      throw error;
    }
  }

  async remove(object: ObjectIdentity, { controllerUid }: { readonly controllerUid?: string } = {}): Promise<void> {
    if (controllerUid === undefined) {
      await deleteObject(this.#client, object);
      return;
    }
    await onConflictAgain(async () => {
      const found = await readObject(this.#client, object, { metadataOnly: true });
      if (found === undefined || controllerUidOf(found.metadata) !== controllerUid) return;
      const { uid, resourceVersion } = found.metadata;
      await deleteObject(this.#client, object, {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      });
    });
  }

  async read(object: ObjectIdentity): Promise<ObjectManifest | undefined> {
    const found = await readObject(this.#client, object);
    return found === undefined ? undefined : { ...found, apiVersion: object.apiVersion, kind: object.kind };
  }

  readSecret({ namespace, name }: ResourceKey): Promise<Readonly<Record<string, Uint8Array>> | undefined> {
    return readSecretData(this.#client, namespace, name);
  }

  record(key: ResourceKey, uid: string, event: ObjectEvent): void {
    this.#recorder.record({ ...identityOf(key), uid }, event);
  }

  async #applyOne(object: ObjectManifest): Promise<void> {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    await onConflictAgain(async () => {
      const version = owner === undefined ? undefined : await this.#versionOwnedBy(object, owner);
      const metadata = version === undefined ? object.metadata : { ...object.metadata, resourceVersion: version };
      await applyObject(this.#client, { ...object, metadata }, { fieldManager: this.#fieldManager });
    });
  }

  /** The version of an object that is there and that nobody else controls; undefined: there is none. */
  async #versionOwnedBy(object: ObjectManifest, owner: string): Promise<string | undefined> {
    const identity = { ...object.metadata, apiVersion: object.apiVersion, kind: object.kind };
    const found = await readObject(this.#client, identity, { metadataOnly: true });
    const controller = found?.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (controller === undefined || controller.uid === owner) return found?.metadata.resourceVersion;
    throw new KubernetesError(
      'KUBERNETES_EXISTS',
      `${objectText(identity)} belongs to ${controller.kind} ${controller.name} (rename or delete one of the two)`,
    );
  }
}

/** Does something that decides on what it reads once more when somebody else wrote in between. */
async function onConflictAgain(attempt: () => Promise<void>): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isKubernetesError(error, 'KUBERNETES_CONFLICT') || attempts === maxAttempts) throw error;
    }
  }
}

function identityOf({ kind, namespace, name }: ResourceKey): ObjectIdentity {
  if (kind !== 'ForeignObject') return { apiVersion: apiVersions[kind], kind, namespace, name };
  const [apiVersion = '', objectKind = '', objectName = ''] = name.split(' ');
  return { apiVersion, kind: objectKind, namespace, name: objectName };
}
