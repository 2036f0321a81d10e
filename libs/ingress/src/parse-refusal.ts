import type { RefusalReason } from './refusals.ts';

/** What node's HTTP server tells with `clientError`. */
export interface HttpParseError extends Error {
  readonly code?: string;
  /** The bytes the parser stumbled over: the last packet. */
  readonly rawPacket?: Buffer;
  /** How far in it. */
  readonly bytesParsed?: number;
}

const reasons: Readonly<Record<string, RefusalReason>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'slow-request',
  HPE_PAUSED_H2_UPGRADE: 'unknown-http-version',
  HPE_INVALID_TRANSFER_ENCODING: 'unknown-transfer-coding',
};

/** The start of a well-formed request, whose method the parser does not know. */
const unknownMethod = /^[A-Za-z]{1,32} [^\s]+ HTTP\/1\.[01]\r?\n/;
/** The start of one in a version it does not speak; HTTP/0.9 had none. */
const unknownVersion = /^[A-Z]{1,32} [^\s]+ HTTP\/(?!1\.[01]\r)\d\.\d\r\n/;

/** The refusal of a request that the parser gave up on (receiver.md 4.5). */
export function refusalOfParseError(error: HttpParseError, maxRequestLineBytes: number): RefusalReason {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW': {
      // The parser counts target and headers as one. No line end within the limit: it was the request line.
      const lineEnd = error.rawPacket?.subarray(0, maxRequestLineBytes + 2).indexOf(0x0a) ?? -1;
      return lineEnd < 0 ? 'request-line-too-long' : 'headers-too-large';
    }
    case 'HPE_INVALID_METHOD':
      return unknownMethod.test(brokenLine(error, maxRequestLineBytes)) ? 'method-not-allowed' : 'malformed-http';
    case 'HPE_INVALID_VERSION':
      return unknownVersion.test(brokenLine(error, maxRequestLineBytes)) ? 'unknown-http-version' : 'malformed-http';
    default:
      return reasons[error.code ?? ''] ?? 'malformed-http';
  }
}

/** The packet from the line on in which the parser stumbled: other requests may stand before it. */
function brokenLine({ rawPacket, bytesParsed = 0 }: HttpParseError, maxBytes: number): string {
  if (rawPacket === undefined) return '';
  const start = rawPacket.lastIndexOf(0x0a, Math.max(0, bytesParsed - 1)) + 1;
  return rawPacket.toString('latin1', start, start + maxBytes);
}
