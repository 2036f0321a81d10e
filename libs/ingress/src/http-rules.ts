import type { IncomingMessage } from 'node:http';
import type { IngressLimits } from './limits.ts';
import type { RefusalReason } from './refusals.ts';

/** Bytes of a request line beside method and target: two blanks and the version. */
const requestLineRest = 10;
/** Bytes of a header line beside name and value: a colon, a blank and the line end. */
const headerLineRest = 4;

/**
 * What is wrong with a request as HTTP that node's parser lets pass (receiver.md 4.5, 7, F-38); undefined if nothing is.
 * Needs a server with `joinDuplicateHeaders`, so that two Host headers show as one with a comma.
 */
export function plainHttpRefusal(request: IncomingMessage, limits: IngressLimits): RefusalReason | undefined {
  if (request.httpVersionMajor !== 1) return request.httpVersionMajor === 0 ? 'malformed-http' : 'unknown-http-version';
  const { rawHeaders, headers } = request;
  if ((request.url?.length ?? 0) + (request.method?.length ?? 0) + requestLineRest > limits.maxRequestLineBytes)
    return 'request-line-too-long';
  let headerBytes = rawHeaders.length * (headerLineRest / 2);
  for (const part of rawHeaders) headerBytes += part.length;
  if (headerBytes > limits.maxHeaderBytes) return 'headers-too-large';
  if (headers.host?.includes(',') === true) return 'repeated-host';
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return 'unknown-transfer-coding';
  return undefined;
}

/** Whether a body of `bytes` is over the limit. */
export function isTooLarge(bytes: number, limits: IngressLimits): boolean {
  return bytes > limits.maxBodyBytes;
}
