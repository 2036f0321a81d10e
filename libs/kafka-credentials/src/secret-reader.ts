import type { SecretData } from './credential-fields.ts';

/** Reads Secrets of Kubernetes, as they are at this moment. */
export interface SecretReader {
  /**
   * The data of a Secret; undefined when there is none. Rejects with an error whose message says why it could not be read, soon after
   * `signal` is aborted at the latest.
   */
  read(namespace: string, name: string, signal: AbortSignal): Promise<SecretData | undefined>;
}
