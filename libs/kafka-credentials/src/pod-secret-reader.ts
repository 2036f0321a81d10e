import { refusalOf, type InClusterClient } from '@eventing-kafka/in-cluster';
import type { SecretData } from './credential-fields.ts';
import type { SecretReader } from './secret-reader.ts';

/** A Secret has 1 MiB at most; in base64, with what is around it, it stays below this. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Reads Secrets as the ServiceAccount of the Pod this runs in: one `get` by name, which is all it may do there. */
export function createPodSecretReader(client: InClusterClient): SecretReader {
  return {
    async read(namespace, name, signal) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
      const { statusCode, body } = await client.call({ path, maxAnswerBytes, signal });
      if (statusCode === 200) return dataOf(body);
      if (statusCode === 404) return undefined;
      throw refusalOf(statusCode, body);
    },
  };
}

function dataOf(body: string): SecretData {
  const { data } = JSON.parse(body) as { readonly data?: Readonly<Record<string, string>> | null };
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}
