import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOfParseError } from './parse-refusal.ts';
import type { HttpParseError } from './parse-refusal.ts';

function error(code: string, packet?: string, bytesParsed?: number): HttpParseError {
  return Object.assign(new Error(code), {
    code,
    ...(packet === undefined ? {} : { rawPacket: Buffer.from(packet) }),
    ...(bytesParsed === undefined ? {} : { bytesParsed }),
  });
}

for (const [name, given, reason] of [
  ['a body or headers that did not come in time', error('ERR_HTTP_REQUEST_TIMEOUT'), 'slow-request'],
  ['an unknown method', error('HPE_INVALID_METHOD', 'FOO /a HTTP/1.1\r\n\r\n', 1), 'method-not-allowed'],
  [
    'an unknown method behind another request',
    error('HPE_INVALID_METHOD', 'GET / HTTP/1.1\r\n\r\nFOO /a HTTP/1.1\r\n\r\n', 19),
    'method-not-allowed',
  ],
  [
    'garbage behind another request',
    error('HPE_INVALID_METHOD', 'GET / HTTP/1.1\r\n\r\nGARBAGE\r\n\r\n', 20),
    'malformed-http',
  ],
  ['garbage without a packet', error('HPE_INVALID_METHOD'), 'malformed-http'],
  ['another version', error('HPE_INVALID_VERSION', 'POST /a HTTP/1.2\r\n\r\n', 16), 'unknown-http-version'],
  [
    'a version followed by a bare line feed',
    error('HPE_INVALID_VERSION', 'POST /a HTTP/1.1\nHost: h\n\n', 17),
    'malformed-http',
  ],
  ['a long request line', error('HPE_HEADER_OVERFLOW', `POST /${'a'.repeat(200)}`), 'request-line-too-long'],
  ['long headers', error('HPE_HEADER_OVERFLOW', `POST / HTTP/1.1\r\na: ${'a'.repeat(200)}`), 'headers-too-large'],
  ['anything else', error('HPE_SOMETHING_NEW', 'x'), 'malformed-http'],
] as const) {
  test(`${name} is ${reason}`, () => assert.equal(refusalOfParseError(given, 100), reason));
}
