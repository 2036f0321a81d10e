import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verdictOfStatus } from '@eventing-kafka/delivery';
import { DeliveryLifetime } from './delivery-lifetime.ts';
import { dispatched, kind, requests, type Result, type Setup } from '../testing/dispatched.ts';
import { until } from '../testing/until.ts';

/** A dead letter sink that asks to be left alone, until an event waits for it; then the contract changes. */
function changedWhileWaiting(isSetAgain: boolean): Setup {
  return {
    subscriber: () => 400,
    deadLetter: () => 204,
    config: { retryAfterMax: 600_000n },
    meanwhile: async (gates, change) => {
      const gate = gates.deadLetterSink;
      const pass = await gate.enter(new DeliveryLifetime());
      assert.ok(pass !== undefined);
      gate.leave(pass, { verdict: verdictOfStatus(429), taken: false, retryAfterMs: 600_000 });
      await until('the event waits', () => gate.occupied === 1);
      change((plan) => ({ ...plan, delivery: { ...plan.delivery, deadLetter: undefined } }));
      if (isSetAgain) change((plan) => plan);
    },
  };
}

const ended = (result: Result): unknown[] => [kind(result), ...requests(result)];

describe('changes under a delivery', () => {
  test('an event whose dead letter sink is taken away and set again at once goes there', async () => {
    await dispatched(changedWhileWaiting(true), (result) =>
      assert.deepEqual(ended(result), ['dead-lettered', 1, 1, 0]),
    );
  });

  test('an event whose dead letter sink is taken away is abandoned', async () => {
    await dispatched(changedWhileWaiting(false), (result) => assert.deepEqual(ended(result), ['abandoned', 1, 0, 0]));
  });

  test('a connection that is closed under a request costs the event no attempt', async () => {
    await dispatched({ closedConnections: 2, config: { retry: 0 } }, (result) =>
      assert.deepEqual(ended(result), ['delivered', 1, 0, 0]),
    );
  });
});
