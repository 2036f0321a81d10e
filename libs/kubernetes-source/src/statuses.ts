import { isDeepStrictEqual } from 'node:util';
import { applyObject, isKubernetesError } from '@eventing-kafka/kubernetes';
import type { KubernetesClient } from '@eventing-kafka/kubernetes';
import { apiVersions, keyText, parseStatus } from '@eventing-kafka/resources';
import type { ResourceStatus, ServedKey } from '@eventing-kafka/resources';

/** The statuses of objects: as they are on the server, and how they get there. */
export class Statuses {
  readonly #client: KubernetesClient;
  readonly #fieldManager: string;
  readonly #statuses = new Map<string, ResourceStatus>();
  /** Those on their way: they may come back before the answer does. */
  readonly #writing = new Map<string, ResourceStatus>();

  constructor(client: KubernetesClient, fieldManager: string) {
    this.#client = client;
    this.#fieldManager = fieldManager;
  }

  /** The status an object carries; undefined: none. */
  get(key: ServedKey): ResourceStatus | undefined {
    return this.#statuses.get(keyText(key));
  }

  /** Whether this is no news: it is known, or being written by us. */
  isExpected(key: string, status: ResourceStatus | undefined): boolean {
    return (
      isDeepStrictEqual(this.#statuses.get(key), status) ||
      (status !== undefined && isDeepStrictEqual(this.#writing.get(key), status))
    );
  }

  /** What the server says; undefined: the object is gone, or has none. */
  saw(key: string, status: ResourceStatus | undefined): void {
    if (status === undefined) this.#statuses.delete(key);
    else this.#statuses.set(key, status);
  }

  /**
   * Applies our fields, and none of anybody else's, to the status of the object of this uid; does nothing when they are there already, or the
   * object is gone.
   *
   * @throws KubernetesError
   */
  async write(key: ServedKey, uid: string, status: ResourceStatus): Promise<void> {
    const { kind, namespace, name } = key;
    const text = keyText(key);
    if (isDeepStrictEqual(this.get(key), status)) return;
    this.#writing.set(text, status);
    try {
      const written = await applyObject(
        this.#client,
        { apiVersion: apiVersions[kind], kind, metadata: { namespace, name, uid }, status },
        { fieldManager: this.#fieldManager, subresource: 'status' },
      );
      // An event may have told of its end meanwhile.
      if (this.#statuses.has(text)) this.saw(text, parseStatus(written));
    } catch (error) {
      if (isKubernetesError(error, 'KUBERNETES_NOT_FOUND')) return;
      // Forced, so nobody's field can be in the way: only the uid is another by now.
      if (isKubernetesError(error, 'KUBERNETES_CONFLICT')) return;
      throw error;
    } finally {
      if (this.#writing.get(text) === status) this.#writing.delete(text);
    }
  }
}
