import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSuccess, responseClass } from './response-class.ts';
import type { ResponseClass } from './response-class.ts';

describe('dispatcher 21 R4 class of a status code', () => {
  const expected = (statusCode: number): ResponseClass => {
    if (statusCode === 202) return 'accepted';
    if (statusCode >= 200 && statusCode <= 299) return 'answered';
    if ([404, 408, 409, 429].includes(statusCode) || statusCode >= 500) return 'retryable';
    return 'refused';
  };
  const rows: readonly (readonly [name: string, statusCodes: readonly number[], result: ResponseClass])[] = [
    ['T 200 and other 2xx may carry a reply', [200, 201, 204, 299], 'answered'],
    ['T 202 does not', [202], 'accepted'],
    ['T 101 fails for good', [101], 'refused'],
    ['T 3xx fails for good and is not followed', [300, 301, 302, 303, 304, 307, 308], 'refused'],
    ['4xx fails for good', [400, 401, 403, 405, 410, 413, 415, 422, 428, 430, 499], 'refused'],
    ['404, 408, 409 and 429 are tried again', [404, 408, 409, 429], 'retryable'],
    ['500 and above are tried again', [500, 502, 503, 504, 599, 600], 'retryable'],
  ];
  for (const [name, statusCodes, result] of rows) {
    test(name, () => {
      for (const statusCode of statusCodes) assert.equal(responseClass(statusCode), result, String(statusCode));
    });
  }

  test('every status code has its class, and the two successes are the successes', () => {
    for (let statusCode = 100; statusCode < 1000; statusCode++) {
      assert.equal(responseClass(statusCode), expected(statusCode));
      assert.equal(isSuccess(statusCode), ['answered', 'accepted'].includes(responseClass(statusCode)));
    }
  });
});
