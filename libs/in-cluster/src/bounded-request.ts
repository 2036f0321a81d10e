import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** One request for a small document. */
export interface BoundedRequest {
  /** Absolute https URL; http is for whoever asked for it, and gets whatever `headers` holds in the clear. */
  readonly url: URL;
  /** Default `GET`. */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificates (PEM) trusted in place of the platform's; absent: those. */
  readonly ca?: string | readonly string[] | undefined;
  /** More than this is an error. */
  readonly maxAnswerBytes: number;
  /** Aborted when the answer is not wanted any more, or takes too long. */
  readonly signal: AbortSignal;
}

/** What came back, whatever its status; redirects are not followed. */
export interface BoundedAnswer {
  readonly statusCode: number;
  readonly body: string;
}

/**
 * Sends a request on a connection of its own and reads the answer whole. Rejects when there is none, when it is too large, and soon after
 * `signal` is aborted at the latest.
 */
export function boundedRequest(options: BoundedRequest): Promise<BoundedAnswer> {
  const { url, method = 'GET', headers = {}, body, ca, maxAnswerBytes, signal } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const common = {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      signal,
      agent: false,
    };
    const call =
      url.protocol === 'http:'
        ? requestHttp(url, common)
        : requestHttps(url, { ...common, ca: ca as string | string[] | undefined, minVersion: 'TLSv1.2' });
    call.on('response', (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= maxAnswerBytes) return;
        // Rejected here, because all of it may have come already, and then nothing is left to break off.
        reject(new Error(`the answer of ${url.host} is larger than ${maxAnswerBytes} bytes`));
        call.destroy();
      });
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ statusCode: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
