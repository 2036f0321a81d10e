import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { boundedRequest, type BoundedAnswer, type InClusterClient } from '@eventing-kafka/in-cluster';

/** Names of the API server in its own cluster, as its certificate holds them. */
const apiServerNames: ReadonlySet<string> = new Set([
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
]);

/** Where the API server answers with its keys, whatever address its discovery document names. */
const apiServerKeysPath = '/openid/v1/jwks';

/** Discovery documents have some hundred bytes, key sets some thousand. */
const maxAnswerBytes = 1024 * 1024;

/** What {@link IssuerAccess} works with. */
export interface IssuerAccessOptions {
  readonly baseUrl: string;
  /** The API server of the cluster; undefined outside of Kubernetes. */
  readonly inCluster: InClusterClient | undefined;
  /** PEM file with certificates trusted for the issuer beside the platform's; read for each request. */
  readonly caFile: string | undefined;
}

/** How to ask for one document: the API server with the Pod's token, anybody else without. */
export type Access =
  | { readonly kind: 'api-server'; readonly path: string }
  | { readonly kind: 'web'; readonly url: URL }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Decides how a document of an issuer is asked for. The token of the Pod goes to the API server alone. A discovery document of the API
 * server often names an address for its keys that only machines outside can reach: they are asked for where the document came from.
 */
export function accessTo(
  url: URL,
  baseUrl: URL,
  apiServer: { readonly host: string; readonly port: number } | undefined,
): Access {
  const isApiServer = (candidate: URL): boolean => {
    if (apiServer === undefined || candidate.protocol !== 'https:') return false;
    if (apiServerNames.has(candidate.hostname) && candidate.port === '') return true;
    const port = candidate.port === '' ? 443 : Number(candidate.port);
    return candidate.hostname.replace(/^\[|\]$/g, '') === apiServer.host && port === apiServer.port;
  };
  const path = url.pathname + url.search;
  if (isApiServer(url) || (isApiServer(baseUrl) && path === apiServerKeysPath)) return { kind: 'api-server', path };
  if (url.protocol === 'https:') return { kind: 'web', url };
  // A developer's own issuer, on this machine from end to end.
  if (url.protocol === 'http:' && isLoopback(url) && isLoopback(baseUrl)) return { kind: 'web', url };
  return { kind: 'refused', why: `${url.origin} is not asked for keys: only https is` };
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Keys have a media type of their own, and the API server answers 406 to whoever does not take it. */
const acceptedTypes = 'application/json, application/jwk-set+json';

/** Fetches documents of an issuer. */
export class IssuerAccess {
  /** Of the issuer whose documents are asked for. */
  baseUrl: string;
  readonly #inCluster: InClusterClient | undefined;
  readonly #caFile: string | undefined;
  /** PEM certificates of the contract, trusted beside the others. */
  trustBundles: readonly string[] = [];

  constructor({ baseUrl, inCluster, caFile }: IssuerAccessOptions) {
    this.baseUrl = new URL(baseUrl).href;
    this.#inCluster = inCluster;
    this.#caFile = caFile;
  }

  /** The answer, whatever its status. Rejects when the address is none to be asked, or does not answer. */
  async get(url: URL, signal: AbortSignal): Promise<BoundedAnswer> {
    const access = accessTo(url, new URL(this.baseUrl), this.#inCluster);
    if (access.kind === 'refused') throw new Error(access.why);
    if (access.kind === 'api-server' && this.#inCluster !== undefined)
      return this.#inCluster.call({ path: access.path, maxAnswerBytes, signal });
    return boundedRequest({
      url,
      headers: { accept: acceptedTypes },
      ca: await this.#trusted(),
      maxAnswerBytes,
      signal,
    });
  }

  /** The platform's roots and ours; undefined where there are no others, so that node need not parse them again. */
  async #trusted(): Promise<readonly string[] | undefined> {
    const own = this.#caFile === undefined ? [] : [await readFile(this.#caFile, 'utf8')];
    const more = [...own, ...this.trustBundles];
    return more.length === 0 ? undefined : [...getCACertificates('default'), ...more];
  }
}
