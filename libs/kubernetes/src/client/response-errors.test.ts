import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOfStatus, errorOfTransport } from './response-errors.ts';

const call = { verb: 'read', subject: 'Secret shop/kafka' };

for (const [httpStatus, reason, code, retryable] of [
  [400, 'BadRequest', 'KUBERNETES_INVALID', false],
  [401, 'Unauthorized', 'KUBERNETES_UNAUTHORIZED', false],
  [403, 'Forbidden', 'KUBERNETES_FORBIDDEN', false],
  [404, 'NotFound', 'KUBERNETES_NOT_FOUND', false],
  [409, 'AlreadyExists', 'KUBERNETES_EXISTS', false],
  [409, 'Conflict', 'KUBERNETES_CONFLICT', true],
  [410, 'Expired', 'KUBERNETES_GONE', true],
  [422, 'Invalid', 'KUBERNETES_INVALID', false],
  [429, 'TooManyRequests', 'KUBERNETES_UNAVAILABLE', true],
  [500, 'InternalError', 'KUBERNETES_UNAVAILABLE', true],
  [504, 'Timeout', 'KUBERNETES_TIMEOUT', true],
] as const) {
  test(`an answer ${httpStatus} ${reason} is ${code}`, () => {
    const error = errorOfStatus(call, httpStatus, { reason, message: 'why' });
    assert.deepEqual([error.code, error.retryable], [code, retryable]);
  });
}

test('a message names the object, what the server said and the remedy, in one line', () => {
  const error = errorOfStatus(call, 403, { message: 'secrets "kafka" is\nforbidden' });
  assert.equal(
    error.message,
    'cannot read Secret shop/kafka: secrets "kafka" is forbidden (grant it with a Role or ClusterRole, or follow what admission says)',
  );
});

test('what a namespace that is being deleted refuses is no matter of rights', () => {
  const details = { causes: [{ reason: 'NamespaceTerminating' }] };
  const error = errorOfStatus(call, 403, { reason: 'Forbidden', message: 'it is being terminated', details });
  assert.equal(error.code, 'KUBERNETES_TERMINATING');
  assert.equal(error.message, 'cannot read Secret shop/kafka: it is being terminated');
});

test('how long a busy server asks to wait is known, from its Status or its header', () => {
  assert.equal(errorOfStatus(call, 429, { details: { retryAfterSeconds: 2 } }).retryAfterMs, 2_000);
  assert.equal(errorOfStatus(call, 429, {}, '3').retryAfterMs, 3_000);
  assert.equal(errorOfStatus(call, 429, {}).retryAfterMs, undefined);
});

test('several addresses that were tried in vain show by their code', () => {
  const error = errorOfTransport(call, 'https://h:1', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }));
  assert.equal(error.code, 'KUBERNETES_UNREACHABLE');
  assert.match(error.message, /no connection to https:\/\/h:1: ECONNREFUSED/);
});
