import type { RefusalReason } from './refusals.ts';

/** What node's HTTP server tells with `clientError`. */
export interface HttpParseError extends Error {
  readonly code?: string;
  /** The bytes the parser stumbled over: the last packet. */
  readonly rawPacket?: Buffer;
}

const reasons: Readonly<Record<string, RefusalReason>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'slow-request',
  HPE_INVALID_METHOD: 'method-not-allowed',
  HPE_INVALID_VERSION: 'unknown-http-version',
  HPE_PAUSED_H2_UPGRADE: 'unknown-http-version',
  HPE_INVALID_TRANSFER_ENCODING: 'unknown-transfer-coding',
};

/** A word in capitals or not, a target, a version: what begins a request of a method the parser does not know. */
const requestLine = /^[A-Za-z]{1,32} [^\s]+ HTTP\/1\.[01]\r?\n/;
/** Two digits around a dot that the parser takes for a version it does not speak. */
const otherVersion = /^[A-Z]{1,32} [^\s]+ HTTP\/\d\.\d\r?\n/;

/** The refusal of a request that the parser gave up on (receiver.md 4.5). */
export function refusalOfParseError(error: HttpParseError, maxRequestLineBytes: number): RefusalReason {
  const packet = error.rawPacket;
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW': {
      // The parser counts target and headers as one. No line end within the limit: it was the request line.
      const lineEnd = packet === undefined ? -1 : packet.subarray(0, maxRequestLineBytes + 2).indexOf(0x0a);
      return lineEnd < 0 ? 'request-line-too-long' : 'headers-too-large';
    }
    case 'HPE_INVALID_METHOD':
      return packet !== undefined && requestLine.test(packet.toString('latin1', 0, maxRequestLineBytes))
        ? 'method-not-allowed'
        : 'malformed-http';
    case 'HPE_INVALID_VERSION':
      return packet !== undefined && !otherVersion.test(packet.toString('latin1', 0, maxRequestLineBytes))
        ? 'malformed-http'
        : 'unknown-http-version';
    default:
      return reasons[error.code ?? ''] ?? 'malformed-http';
  }
}
