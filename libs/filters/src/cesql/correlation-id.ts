import { createDecipheriv } from 'node:crypto';
import type { CesqlFunction } from './function.ts';

/** Name of the function that RequestReply triggers call. */
export const correlationIdFunction = 'KN_VERIFY_CORRELATION_ID';

/**
 * The entries of a Secret of the system namespace, decoded, by their keys; undefined: there is no such Secret. Answers from memory,
 * because evaluation does no I/O.
 */
export type CorrelationKeys = (secretName: string) => ReadonlyMap<string, Uint8Array> | undefined;

const nonceBytes = 12;
const tagBytes = 16;
/** Longer than any id that fits a header; what is longer is not worth the work. */
const longestReplyId = 64 * 1024;
const cipherByKeyBytes: ReadonlyMap<number, 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'> = new Map([
  [16, 'aes-128-gcm'],
  [24, 'aes-192-gcm'],
  [32, 'aes-256-gcm'],
]);

/**
 * `KN_VERIFY_CORRELATION_ID(replyid, name, namespace, secret, podIndex, replicaCount)` of Knative's RequestReply: whether a reply answers
 * a request that this replica sent (cesql.md 8). A reply id is `<id>:<the id, encrypted>:<index>`; the index chooses the replica, and one
 * of the Secret's entries named `<namespace>.<name>.…` must decrypt to the id. A reply id of another form is `functionEvaluation` and false.
 */
export function verifyCorrelationId(keys: CorrelationKeys): CesqlFunction {
  return {
    name: correlationIdFunction,
    parameters: ['string', 'string', 'string', 'string', 'integer', 'integer'],
    evaluate: ([replyId, name, namespace, secret, podIndex, replicaCount], report) => {
      const parts = String(replyId).split(':');
      const [id, encrypted, index] = parts;
      if (parts.length !== 3 || id === undefined || encrypted === undefined || index === undefined) {
        report('functionEvaluation', 'the reply id is not of the form id:encrypted:index');
        return false;
      }
      if (String(replyId).length > longestReplyId || !isReplica(index, Number(podIndex), Number(replicaCount)))
        return false;
      // Of either alphabet: ids travel in headers, and issuers take the one of URLs. Anything else Node would pass over.
      if (!/^[\w+/-]*={0,2}$/u.test(encrypted)) return false;
      const prefix = `${String(namespace)}.${String(name)}.`;
      const bytes = Buffer.from(encrypted, 'base64');
      for (const [entry, key] of keys(String(secret)) ?? []) {
        if (entry.startsWith(prefix) && decrypted(bytes, key) === id) return true;
      }
      return false;
    },
  };
}

/** Whether the index of a reply id leads to this replica. */
function isReplica(index: string, podIndex: number, replicaCount: number): boolean {
  return /^\d{1,9}$/u.test(index) && replicaCount > 0 && Number(index) % replicaCount === podIndex;
}

/** The text in `nonce ‖ ciphertext ‖ tag`; undefined: it was not encrypted with this key. */
function decrypted(bytes: Buffer, key: Uint8Array): string | undefined {
  const cipher = cipherByKeyBytes.get(key.length);
  if (cipher === undefined || bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString();
  } catch {
    // Another key, or bytes that somebody made up: the next key is tried.
    return undefined;
  }
}
