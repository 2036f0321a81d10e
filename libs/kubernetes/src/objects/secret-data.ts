import type { KubernetesClient } from '../client/kubernetes-client.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { readObject } from './object-calls.ts';
import type { CallOptions } from './object-calls.ts';

/** Reads a Secret, decoded; undefined: there is none. Nothing of it is kept or logged here. @throws KubernetesError */
export async function readSecretData(
  client: KubernetesClient,
  namespace: string,
  name: string,
  options: CallOptions = {},
): Promise<Readonly<Record<string, Uint8Array>> | undefined> {
  const secret = await readObject(client, { apiVersion: 'v1', kind: 'Secret', namespace, name }, options);
  return secret === undefined ? undefined : decodedData(secret);
}

/** The `data` of a Secret, decoded from base64. */
export function decodedData(secret: KubernetesObject): Readonly<Record<string, Uint8Array>> {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}
