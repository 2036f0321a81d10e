import { isKubernetesError, KubernetesError } from '../errors.ts';
import type { KubernetesCall } from './kubernetes-client.ts';

/** How objects of a kind are addressed. */
export interface ResourceType {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  /** `Pod`. */
  readonly kind: string;
  /** `pods`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** What discovery answers, as far as it is read. */
interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Answers of discovery that are kept; more would be an odd cluster. */
const maxApiVersions = 500;

/** The kinds a server knows. Each API version is asked for when it is first needed, and again for a kind that was not there. */
export class ResourceTypes {
  readonly #call: (call: KubernetesCall) => Promise<unknown>;
  readonly #known = new Map<string, ReadonlyMap<string, ResourceType>>();

  constructor(call: (call: KubernetesCall) => Promise<unknown>) {
    this.#call = call;
  }

  async find(
    apiVersion: string,
    kind: string,
    { fresh = false, signal }: { readonly fresh?: boolean; readonly signal?: AbortSignal },
  ): Promise<ResourceType> {
    const known = fresh ? undefined : this.#known.get(apiVersion)?.get(kind);
    if (known !== undefined) return known;
    const subject = `kind ${kind} of ${apiVersion}`;
    const list = (await this.#call({
      method: 'GET',
      path: apiPath(apiVersion),
      verb: 'find',
      subject,
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      if (isKubernetesError(error, 'KUBERNETES_NOT_FOUND')) throw noSuchKind(subject, error);
      throw error;
    })) as ResourceList;
    const types = typesOf(apiVersion, list);
    if (this.#known.size >= maxApiVersions) this.#known.clear();
    this.#known.set(apiVersion, types);
    const found = types.get(kind);
    if (found === undefined) throw noSuchKind(subject);
    return found;
  }
}

/** The path under which a version of an API lies. */
export function apiPath(apiVersion: string): string {
  return apiVersion.includes('/')
    ? `/apis/${apiVersion.split('/').map(encodeURIComponent).join('/')}`
    : `/api/${encodeURIComponent(apiVersion)}`;
}

/** The path of the objects of a kind, or of one of them: `/apis/apps/v1/namespaces/default/deployments/web/status`. */
export function objectPath(type: ResourceType, namespace?: string, name?: string, subresource?: string): string {
  const parts = [
    ...(type.namespaced && namespace !== undefined && namespace !== '' ? ['namespaces', namespace] : []),
    type.plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return [apiPath(type.apiVersion), ...parts.map(encodeURIComponent)].join('/');
}

function typesOf(apiVersion: string, { resources = [] }: ResourceList): ReadonlyMap<string, ResourceType> {
  return new Map(
    resources
      // Subresources are listed beside what they belong to.
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced }) => [kind, { apiVersion, kind, plural: name, namespaced }]),
  );
}

function noSuchKind(subject: string, cause?: unknown): KubernetesError {
  return new KubernetesError(
    'KUBERNETES_NOT_FOUND',
    `the API server knows no ${subject} (install its CustomResourceDefinition, or correct the reference)`,
    { cause },
  );
}
