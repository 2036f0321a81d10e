import { Buffer } from 'node:buffer';
import type { SecretData, SecretStore, StoredSecret } from '@eventing-kafka/certificates';
import { createObject, isKubernetesError, mergePatchObject, readObject } from '@eventing-kafka/kubernetes';
import type { KubernetesClient, KubernetesObject } from '@eventing-kafka/kubernetes';

/** Where the Secrets are that a keeper of certificates keeps. */
export interface ClusterSecretStoreOptions {
  readonly client: KubernetesClient;
  readonly namespace: string;
  /** Of Secrets that are made. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Set by cert-manager on a Secret that it issues into. */
const certManagerAnnotation = 'cert-manager.io/certificate-name';

/**
 * The Secrets of a namespace as a store of certificates; `other/name` is one of another namespace. Several processes may keep the same ones: a Secret is only made if there is none,
 * and only changed in the version that was read. One that cert-manager issues into is left to it.
 */
export function clusterSecretStore({ client, namespace, labels = {} }: ClusterSecretStoreOptions): SecretStore {
  const identity = (secretName: string) => {
    const [name = '', other = namespace] = secretName.split('/').toReversed();
    return { apiVersion: 'v1', kind: 'Secret', namespace: other, name } as const;
  };
  return {
    async read(name) {
      const found = await readObject(client, identity(name));
      return found === undefined ? undefined : storedSecretOf(found);
    },
    async write(secretName, data, before) {
      const secret = identity(secretName);
      try {
        if (before === undefined) {
          const { apiVersion, kind, ...where } = secret;
          const made = { apiVersion, kind, metadata: { ...where, labels }, type: typeOf(data), data: encoded(data) };
          return storedSecretOf(await createObject<KubernetesObject & typeof made>(client, made));
        }
        // A key that is written no more is removed by null.
        const removed = Object.fromEntries(Object.keys(before.data).map((key) => [key, null]));
        const patch = { metadata: { resourceVersion: before.version }, data: { ...removed, ...encoded(data) } };
        return storedSecretOf(await mergePatchObject(client, secret, patch));
      } catch (error) {
        if (isKubernetesError(error, 'KUBERNETES_EXISTS', 'KUBERNETES_CONFLICT', 'KUBERNETES_NOT_FOUND'))
          return undefined;
        throw error;
      }
    },
  };
}

function storedSecretOf({ metadata, ...secret }: KubernetesObject): StoredSecret {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>;
  const { resourceVersion, annotations = {} } = metadata;
  return {
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    ),
    ...(resourceVersion === undefined ? {} : { version: resourceVersion }),
    ...(annotations[certManagerAnnotation] === undefined ? {} : { keptBy: 'cert-manager' }),
  };
}

function encoded(data: SecretData): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

/** The type cannot be changed later. That of certificates asks for both keys. */
function typeOf(data: SecretData): string {
  return 'tls.crt' in data && 'tls.key' in data ? 'kubernetes.io/tls' : 'Opaque';
}
