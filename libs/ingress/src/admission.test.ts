import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Admission } from './admission.ts';

test('never lets in more than its limits, and forgets nothing that is given back', () => {
  const step = fc.record({ kind: fc.constantFrom('admit', 'grow', 'release'), bytes: fc.nat({ max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const admission = new Admission({ maxInFlightRequests: 5, maxInFlightBytes: 100 });
      const taken: number[] = [];
      const total = (): number => taken.reduce((sum, bytes) => sum + bytes, 0);
      for (const { kind, bytes } of steps) {
        const last = taken.length - 1;
        if (kind === 'admit') {
          const fits = taken.length < 5 && total() + bytes <= 100;
          assert.equal(admission.admit(bytes), fits);
          if (fits) taken.push(bytes);
        } else if (kind === 'grow' && last >= 0) {
          const fits = total() + bytes <= 100;
          assert.equal(admission.grow(bytes), fits);
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
