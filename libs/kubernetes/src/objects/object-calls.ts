import type { KubernetesClient } from '../client/kubernetes-client.ts';
import { objectPath } from '../client/resource-types.ts';
import type { ResourceType } from '../client/resource-types.ts';
import { isKubernetesError } from '../errors.ts';
import { objectText } from './kubernetes-object.ts';
import type { KubernetesObject, ObjectIdentity } from './kubernetes-object.ts';

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long it may take, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
}

/** Only metadata is sent, for kinds whose objects are large or secret. */
export const metadataOnlyType = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/**
 * Reads an object; undefined: there is none, or no such kind.
 *
 * @throws KubernetesError
 */
export async function readObject(
  client: KubernetesClient,
  object: ObjectIdentity,
  options: CallOptions & { readonly metadataOnly?: boolean } = {},
): Promise<KubernetesObject | undefined> {
  const { metadataOnly = false, ...limits } = options;
  try {
    const type = await typeOf(client, object, limits);
    return (await client.call({
      ...limits,
      method: 'GET',
      path: objectPath(type, object.namespace, object.name),
      ...(metadataOnly ? { accept: metadataOnlyType } : {}),
      verb: 'read',
      subject: objectText(object),
    })) as KubernetesObject;
  } catch (error) {
    if (isKubernetesError(error, 'KUBERNETES_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Makes an object. @throws KubernetesError `KUBERNETES_EXISTS` when it is there already. */
export async function createObject<T extends KubernetesObject>(
  client: KubernetesClient,
  object: T & { readonly apiVersion: string; readonly kind: string },
  options: CallOptions = {},
): Promise<T> {
  const identity = identityOf(object);
  const type = await typeOf(client, identity, options);
  return (await client.call({
    ...options,
    method: 'POST',
    path: objectPath(type, identity.namespace),
    body: object,
    verb: 'create',
    subject: objectText(identity),
  })) as T;
}

/**
 * Writes a whole object in place of the one of its `metadata.resourceVersion`.
 *
 * @throws KubernetesError `KUBERNETES_CONFLICT` when that is not the present version any more.
 */
export async function replaceObject<T extends KubernetesObject>(
  client: KubernetesClient,
  object: T & { readonly apiVersion: string; readonly kind: string },
  options: CallOptions = {},
): Promise<T> {
  const identity = identityOf(object);
  const type = await typeOf(client, identity, options);
  return (await client.call({
    ...options,
    method: 'PUT',
    path: objectPath(type, identity.namespace, identity.name),
    body: object,
    verb: 'update',
    subject: objectText(identity),
  })) as T;
}

/** How an object is applied. */
export interface ApplyOptions extends CallOptions {
  /** Who owns the fields. */
  readonly fieldManager: string;
  /** Take fields over from others. Default true: a controller insists on its fields. */
  readonly force?: boolean;
  /** `status`; absent: the object itself. */
  readonly subresource?: string;
}

/**
 * Makes or updates an object by server-side apply: only the fields given are owned, and those given before and no longer go.
 *
 * @throws KubernetesError `KUBERNETES_CONFLICT` when it carries a `metadata.resourceVersion` or `uid` that is not the present one, or, without
 *   `force`, when somebody else owns a field.
 */
export async function applyObject(
  client: KubernetesClient,
  object: KubernetesObject & { readonly apiVersion: string; readonly kind: string },
  { fieldManager, force = true, subresource, ...options }: ApplyOptions,
): Promise<KubernetesObject> {
  const identity = identityOf(object);
  const type = await typeOf(client, identity, options);
  return (await client.call({
    ...options,
    method: 'PATCH',
    path: objectPath(type, identity.namespace, identity.name, subresource),
    query: { fieldManager, force },
    contentType: 'application/apply-patch+yaml',
    body: object,
    verb: subresource === undefined ? 'apply' : `apply the ${subresource} of`,
    subject: objectText(identity),
  })) as KubernetesObject;
}

/** Changes some fields of an object by JSON merge patch. @throws KubernetesError `KUBERNETES_NOT_FOUND` when there is none. */
export async function mergePatchObject(
  client: KubernetesClient,
  object: ObjectIdentity,
  patch: unknown,
  options: CallOptions & { readonly fieldManager?: string } = {},
): Promise<KubernetesObject> {
  const { fieldManager, ...limits } = options;
  const type = await typeOf(client, object, limits);
  return (await client.call({
    ...limits,
    method: 'PATCH',
    path: objectPath(type, object.namespace, object.name),
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    body: patch,
    verb: 'patch',
    subject: objectText(object),
  })) as KubernetesObject;
}

/** Which state of an object is deleted, and what becomes of what it owns. */
export interface DeleteOptions extends CallOptions {
  /** Only the object of this uid. */
  readonly uid?: string;
  /** Only this version of it. */
  readonly resourceVersion?: string;
  /** Default `Background`. */
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

/**
 * Deletes an object; false: there was none.
 *
 * @throws KubernetesError `KUBERNETES_CONFLICT` when uid or version are not the present ones.
 */
export async function deleteObject(
  client: KubernetesClient,
  object: ObjectIdentity,
  { uid, resourceVersion, propagationPolicy = 'Background', ...options }: DeleteOptions = {},
): Promise<boolean> {
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  try {
    const type = await typeOf(client, object, options);
    await client.call({
      ...options,
      method: 'DELETE',
      path: objectPath(type, object.namespace, object.name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions },
      verb: 'delete',
      subject: objectText(object),
    });
    return true;
  } catch (error) {
    if (isKubernetesError(error, 'KUBERNETES_NOT_FOUND')) return false;
    throw error;
  }
}

function identityOf(object: KubernetesObject & { readonly apiVersion: string; readonly kind: string }): ObjectIdentity {
  const { namespace, name } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function typeOf(client: KubernetesClient, object: ObjectIdentity, { signal }: CallOptions): Promise<ResourceType> {
  return client.discover(object.apiVersion, object.kind, signal === undefined ? {} : { signal });
}
