import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boundedRequest, type BoundedAnswer } from './bounded-request.ts';

/** How a Pod reaches the API server of its cluster. */
export interface InClusterOptions {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: number;
  /** Folder with `token` and `ca.crt`. They are read anew for each call, because they are rotated. */
  readonly serviceAccountDir: string;
}

/** One call of the API. */
export interface InClusterCall {
  /** Default `GET`. */
  readonly method?: 'GET' | 'POST';
  /** Path and query, such as `/api/v1/namespaces/a/secrets/b`. Whoever puts names into it encodes them. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** More than this is an error. Default 1 MiB. */
  readonly maxAnswerBytes?: number;
  readonly signal: AbortSignal;
}

/** The API server, asked as the ServiceAccount of the Pod this runs in. */
export interface InClusterClient {
  readonly host: string;
  readonly port: number;
  /** The answer, whatever its status. Rejects when there is none, and soon after the call's signal is aborted at the latest. */
  call(call: InClusterCall): Promise<BoundedAnswer>;
  /** The token of this moment: proof of who this is, for nobody but the API server. */
  ownToken(): Promise<string>;
}

/** Where Kubernetes mounts the token of a Pod's ServiceAccount. */
export const defaultServiceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * A client of a few calls a minute at most, which is all a data plane needs of Kubernetes: the official one costs 88 MB of memory. Opens
 * nothing before the first call, and keeps nothing open after it.
 */
export function createInClusterClient({ host, port, serviceAccountDir }: InClusterOptions): InClusterClient {
  const origin = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const ownToken = async (): Promise<string> => (await readFile(join(serviceAccountDir, 'token'), 'utf8')).trim();
  return {
    host,
    port,
    ownToken,
    async call({ method, path, body, maxAnswerBytes = 1024 * 1024, signal }) {
      const [token, ca] = await Promise.all([ownToken(), readFile(join(serviceAccountDir, 'ca.crt'), 'utf8')]);
      const text = body === undefined ? undefined : JSON.stringify(body);
      return boundedRequest({
        url: new URL(`${origin}${path}`),
        headers: {
          // The second: the keys that tokens are signed with, which the API server gives to nobody who does not take it (406).
          accept: 'application/json, application/jwk-set+json',
          authorization: `Bearer ${token}`,
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ca,
        maxAnswerBytes,
        signal,
        ...(method === undefined ? {} : { method }),
        ...(text === undefined ? {} : { body: text }),
      });
    },
  };
}
