import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { ClusterError } from './cluster-error.ts';

/** How to reach an API server. */
export interface ApiAccess {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly token: string;
}

/** A change seen by a watch; `BOOKMARK` only says how far it is. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * The few requests that the parts of the harness make. The library `@kubernetes/client-node` would do them too, but the proxy and every
 * suite would load half a second of it, and its watches give up after 30 s of silence.
 */
export class ApiClient implements Disposable {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, ca: access.certificateAuthority });
  }

  /** @throws ClusterError `CLUSTER_API_FAILED`, as all requests do */
  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#request<T>('GET', path, undefined, 'application/json', signal);
  }

  create<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.#request<T>('POST', path, body, 'application/json', signal);
  }

  /** Changes what `body` names, lists by their merge keys: conditions of a Pod by type. */
  strategicPatch<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.#request<T>('PATCH', path, body, 'application/strategic-merge-patch+json', signal);
  }

  delete(path: string, options: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.#request('DELETE', path, options, 'application/json', signal);
  }

  /**
   * Follows a collection until the server ends the stream, which it does after some minutes.
   *
   * @param path with its query; `watch=1` must be in it
   * @throws ClusterError when it cannot begin, or the connection breaks
   */
  async *watch<T>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#send('GET', path, undefined, 'application/json', signal);
    let rest = '';
    try {
      for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line) as WatchEvent<T>;
      }
    } catch (cause) {
      throw new ClusterError('CLUSTER_API_FAILED', `${path}: the watch was cut off`, { cause });
    } finally {
      response.destroy();
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #request<T>(method: string, path: string, body: unknown, type: string, signal?: AbortSignal): Promise<T> {
    const response = await this.#send(method, path, body, type, signal);
    return JSON.parse(await textOf(response)) as T;
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    type: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const { server, token } = this.#access;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      new URL(path, server),
      {
        method,
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          // Node does not tell the length of a DELETE's body by itself, and the API server would read none.
          ...(payload === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) }),
        },
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    );
    sent.once('error', reject);
    sent.end(payload);
    const response = await promise.catch((cause: unknown) => {
      throw new ClusterError('CLUSTER_API_FAILED', `${method} ${path}: the API server cannot be reached`, { cause });
    });
    const status = response.statusCode ?? 0;
    if (status < 300) return response;
    throw new ClusterError('CLUSTER_API_FAILED', `${method} ${path}: ${status} ${await textOf(response)}`, { status });
  }
}

async function textOf(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
