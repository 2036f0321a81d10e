import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { SecretData } from './credential-fields.ts';
import type { SecretReader } from './secret-reader.ts';

/** How a Pod reaches the API server of its cluster. */
export interface PodSecretReaderOptions {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string;
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: number;
  /** Folder with `token` and `ca.crt`. They are read anew each time, because they are rotated. */
  readonly serviceAccountDir: string;
}

/** Where Kubernetes mounts the token of a Pod's ServiceAccount. */
export const defaultServiceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A Secret has 1 MiB at most; in base64, with what is around it, it stays below this. */
const maxAnswerBytes = 4 * 1024 * 1024;

/**
 * Reads Secrets as the ServiceAccount of the Pod this runs in. One `get` by name is all that a data plane needs of Kubernetes, and all it
 * may do there; the official client costs 88 MB of memory for it. Opens nothing before the first read, and keeps nothing open after.
 */
export function createPodSecretReader(options: PodSecretReaderOptions): SecretReader {
  return {
    async read(namespace, name, signal) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
      const { statusCode, body } = await get(options, path, signal);
      if (statusCode === 200) return dataOf(body);
      if (statusCode === 404) return undefined;
      throw new RefusedError(statusCode, messageOf(statusCode, body));
    },
  };
}

/** The API server answered with something else than the Secret. */
class RefusedError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

async function get(
  { host, port, serviceAccountDir }: PodSecretReaderOptions,
  path: string,
  signal: AbortSignal,
): Promise<Answer> {
  const [token, ca] = await Promise.all([
    readFile(join(serviceAccountDir, 'token'), 'utf8'),
    readFile(join(serviceAccountDir, 'ca.crt'), 'utf8'),
  ]);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json', authorization: `Bearer ${token.trim()}` };
    const call = request({ host, port, path, ca, headers, signal, agent: false, minVersion: 'TLSv1.2' }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxAnswerBytes) call.destroy(new Error('the answer of the API server is too large for a Secret'));
      });
      answer.on('error', reject);
      answer.on('end', () => {
        resolve({ statusCode: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    call.on('error', reject);
    call.end();
  });
}

function dataOf(body: string): SecretData {
  const { data } = JSON.parse(body) as { readonly data?: Readonly<Record<string, string>> | null };
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}

/** What the API server says about a refusal; it does not say anything of the Secret's data. */
function messageOf(statusCode: number, body: string): string {
  let said = '';
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    if (typeof message === 'string') said = `: ${message.slice(0, 300)}`;
  } catch {
    // A proxy between, for instance; the status says enough.
  }
  return `Kubernetes answered ${statusCode}${said}`;
}
