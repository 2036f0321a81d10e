import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIngressError } from './ingress-error.ts';
import { completeLimits, defaultIngressLimits } from './limits.ts';

test('what is left out is the default', () => {
  assert.deepEqual(completeLimits({ maxBodyBytes: 10 }), { ...defaultIngressLimits, maxBodyBytes: 10 });
});

test('zero means for ever, or at once, where that makes sense', () => {
  assert.equal(completeLimits({ idleTimeoutMs: 0, drainTimeoutMs: 0 }).idleTimeoutMs, 0);
});

for (const [name, limits] of [
  ['a limit of zero', { maxBodyBytes: 0 }],
  ['a fraction', { maxInFlightRequests: 1.5 }],
  ['no number', { produceTimeoutMs: Number.NaN }],
  ['less in flight than one body', { maxBodyBytes: 10, maxInFlightBytes: 9 }],
] as const) {
  test(`refuses ${name}, naming it`, () => {
    assert.throws(
      () => completeLimits(limits),
      (error) => {
        assert.ok(isIngressError(error));
        assert.equal(error.code, 'INGRESS_INVALID_LIMIT');
        assert.match(error.message, new RegExp(Object.keys(limits)[0] ?? '', 'u'));
        return true;
      },
    );
  });
}
