import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Admission } from './admission.ts';

test('never lets in more than its limits, and forgets nothing that is given back', () => {
  const step = fc.record({ kind: fc.constantFrom('admit', 'grow', 'release'), bytes: fc.nat({ max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const admission = Admission.ofProcess({ maxInFlightRequests: 5, maxInFlightBytes: 100 });
      const taken: number[] = [];
      const total = (): number => taken.reduce((sum, bytes) => sum + bytes, 0);
      for (const { kind, bytes } of steps) {
        const last = taken.length - 1;
        if (kind === 'admit') {
          const fits = taken.length < 5 && total() + bytes <= 100;
          assert.equal(admission.admit(bytes), fits ? undefined : 'overloaded');
          if (fits) taken.push(bytes);
        } else if (kind === 'grow' && last >= 0) {
          const fits = total() + bytes <= 100;
          assert.equal(admission.grow(bytes), fits ? undefined : 'overloaded');
          if (fits) taken[last] = (taken[last] ?? 0) + bytes;
        } else if (kind === 'release' && last >= 0) {
          admission.release(taken.pop() ?? 0);
        }
        assert.equal(admission.requests, taken.length);
        assert.equal(admission.bytes, total());
      }
    }),
  );
});

test('a share takes from the whole, and what is full says which of the two it was', () => {
  const whole = Admission.ofProcess({ maxInFlightRequests: 4, maxInFlightBytes: 100 });
  const [first, second] = [0, 1].map(() => whole.share({ maxInFlightRequests: 2, maxInFlightBytes: 60 }));
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.admit(50), undefined);
  assert.equal(first.admit(11), 'ingress-overloaded');
  assert.equal(second.admit(51), 'overloaded');
  assert.equal(second.admit(50), undefined);
  assert.equal(first.grow(1), 'overloaded');
  assert.equal(first.admitMore(1), undefined);
  assert.equal(first.admitMore(1), 'ingress-overloaded');
  assert.equal(second.admit(0), undefined);
  assert.equal(second.admit(0), 'overloaded');
  assert.deepEqual([whole.requests, whole.bytes], [4, 100]);
  first.release(50, 2);
  second.release(50);
  second.release(0);
  assert.deepEqual([whole.requests, whole.bytes, first.requests, second.bytes], [0, 0, 0, 0]);
});
