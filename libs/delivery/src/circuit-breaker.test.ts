import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, type BreakerSettings, type DestinationHealth } from './circuit-breaker.ts';

const settings: BreakerSettings = {
  failures: 3,
  failingShare: 0.9,
  quietMs: 10_000,
  firstPauseMs: 100,
  maxPauseMs: 1_000,
};

/** A breaker whose pauses have no jitter, and the time it lives in. */
function started(more: Partial<BreakerSettings> = {}): {
  breaker: CircuitBreaker;
  clock: { nowMs: number };
  request: (health: DestinationHealth, isFirstFailure?: boolean) => void;
  state: () => string;
} {
  const breaker = new CircuitBreaker({ ...settings, ...more }, () => 0.5);
  const clock = { nowMs: 1_000 };
  return {
    breaker,
    clock,
    request: (health, isFirstFailure = true) =>
      breaker.end(breaker.begin(clock.nowMs), health, isFirstFailure, clock.nowMs),
    state: () => breaker.state(clock.nowMs),
  };
}

describe('circuit breaker', () => {
  test('opens when different events fail one after the other', () => {
    const { breaker, clock, request, state } = started();
    request('failing');
    request('failing');
    assert.equal(state(), 'closed');
    request('failing');
    assert.equal(state(), 'open');
    assert.equal(breaker.waitMs(clock.nowMs), 100);
  });

  test('a success between them begins the count anew', () => {
    const { request, state } = started();
    for (let round = 0; round < 5; round++) {
      request('failing');
      request('failing');
      request('alive');
    }
    assert.equal(state(), 'closed');
  });

  test('the retries of one bad event never open it', () => {
    const { request, state } = started();
    request('failing');
    for (let retry = 0; retry < 1_000; retry++) request('failing', false);
    assert.equal(state(), 'closed');
  });

  test('that nobody is there counts with every attempt, for no event is to blame', () => {
    const { request, state } = started();
    request('unreachable');
    request('unreachable', false);
    assert.equal(state(), 'closed');
    request('unreachable', false);
    assert.equal(state(), 'open');
  });

  test('failures long ago count no more', () => {
    const { clock, request, state } = started();
    for (let round = 0; round < 20; round++) {
      request('failing');
      clock.nowMs += 10_001;
    }
    assert.equal(state(), 'closed');
  });

  test('opens when nearly all fail, though some succeed', () => {
    const { request, state } = started({ failures: 30 });
    for (let index = 0; index < 200 && state() === 'closed'; index++) request(index % 20 === 19 ? 'alive' : 'failing');
    assert.equal(state(), 'open');
  });

  test('stays closed when half of them fail', () => {
    const { request, state } = started({ failures: 10 });
    for (let index = 0; index < 1_000; index++) request(index % 2 === 0 ? 'alive' : 'failing');
    assert.equal(state(), 'closed');
  });

  test('after the pause one request tries, and the next waits for what it finds', () => {
    const { breaker, clock, request, state } = started();
    for (let index = 0; index < 3; index++) request('failing');
    clock.nowMs += 100;
    assert.equal(state(), 'half-open');
    const probe = breaker.begin(clock.nowMs);
    assert.equal(probe.isProbe, true);
    assert.equal(breaker.waitMs(clock.nowMs), 1_000);
    breaker.end(probe, 'alive', true, clock.nowMs);
    assert.equal(state(), 'closed');
    assert.equal(breaker.outageMs(clock.nowMs), 0);
  });

  test('a probe that fails doubles the pause, up to the longest; the outage goes on', () => {
    const { breaker, clock, request } = started();
    for (let index = 0; index < 3; index++) request('failing');
    const pauses: number[] = [];
    for (let round = 0; round < 6; round++) {
      const waitMs = breaker.waitMs(clock.nowMs);
      pauses.push(waitMs);
      clock.nowMs += waitMs;
      request('failing', false);
    }
    assert.deepEqual(pauses, [100, 200, 400, 800, 1_000, 1_000]);
    assert.equal(breaker.outageMs(clock.nowMs), 3_500);
  });

  test('a probe that takes longer than the longest pause is not waited for any longer', () => {
    const { breaker, clock, request } = started();
    for (let index = 0; index < 3; index++) request('failing');
    clock.nowMs += 100;
    const hanging = breaker.begin(clock.nowMs);
    clock.nowMs += 1_000;
    assert.equal(breaker.begin(clock.nowMs).isProbe, true);
    assert.equal(breaker.waitMs(clock.nowMs), 1_000);
    breaker.end(hanging, 'failing', false, clock.nowMs);
    assert.equal(breaker.waitMs(clock.nowMs), 200);
  });

  test('a probe that was withdrawn makes room for another', () => {
    const { breaker, clock, request } = started();
    for (let index = 0; index < 3; index++) request('failing');
    clock.nowMs += 100;
    request('unknown');
    assert.equal(breaker.waitMs(clock.nowMs), 0);
  });

  test('what was asked before it opened closes nothing when it is answered', () => {
    const { breaker, clock, request, state } = started();
    const before = breaker.begin(clock.nowMs);
    for (let index = 0; index < 3; index++) request('failing');
    breaker.end(before, 'alive', true, clock.nowMs);
    assert.equal(state(), 'open');
  });

  test('who does not wait does no harm by failing, and closes it by succeeding', () => {
    const { breaker, clock, request, state } = started();
    for (let index = 0; index < 3; index++) request('failing');
    const waitMs = breaker.waitMs(clock.nowMs);
    for (let index = 0; index < 100; index++) request('failing');
    assert.equal(breaker.waitMs(clock.nowMs), waitMs);
    request('alive');
    assert.equal(state(), 'closed');
  });

  test('one that was up for a moment only goes on where the pauses were', () => {
    const { breaker, clock, request } = started();
    for (let index = 0; index < 3; index++) request('failing');
    clock.nowMs += 100;
    request('failing');
    clock.nowMs += 200;
    request('alive');
    for (let index = 0; index < 3; index++) request('failing');
    assert.equal(breaker.waitMs(clock.nowMs), 400);
    clock.nowMs += 400;
    request('alive');
    clock.nowMs += 1_001;
    for (let index = 0; index < 3; index++) request('failing');
    assert.equal(breaker.waitMs(clock.nowMs), 100);
  });

  test('switched off it never opens', () => {
    const { request, state } = started({ failures: 0 });
    for (let index = 0; index < 1_000; index++) request('failing');
    assert.equal(state(), 'closed');
  });
});

test('whatever happens: one probe at most, pauses bounded, and one success after the pause closes it', () => {
  const steps = fc.array(
    fc.record({
      passMs: fc.nat(300),
      health: fc.constantFrom<DestinationHealth>('alive', 'failing', 'unreachable', 'unknown'),
      first: fc.boolean(),
      endFirst: fc.boolean(),
    }),
    { maxLength: 200, size: 'max' },
  );
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (all, randoms) => {
      const breaker = new CircuitBreaker(settings, () => Number(randoms.next().value));
      let nowMs = 0;
      const open: ReturnType<CircuitBreaker['begin']>[] = [];
      for (const { passMs, health, first, endFirst } of all) {
        nowMs += passMs;
        const waitMs = breaker.waitMs(nowMs);
        assert.ok(waitMs >= 0 && waitMs <= settings.maxPauseMs * 1.2);
        open.push(breaker.begin(nowMs));
        if (endFirst) {
          const ticket = open.shift();
          if (ticket !== undefined) breaker.end(ticket, health, first, nowMs);
        }
        assert.ok(
          breaker.waitMs(nowMs) !== 0 || breaker.state(nowMs) !== 'half-open' || !open.at(-1)?.isProbe || endFirst,
        );
        assert.equal(
          breaker.outageMs(nowMs) === 0 && breaker.state(nowMs) === 'closed',
          breaker.state(nowMs) === 'closed',
        );
      }
      for (const ticket of open) breaker.end(ticket, 'unknown', false, nowMs);
      nowMs += settings.maxPauseMs * 1.2;
      assert.equal(breaker.waitMs(nowMs), 0);
      breaker.end(breaker.begin(nowMs), 'alive', false, nowMs);
      assert.equal(breaker.state(nowMs), 'closed');
    }),
    { numRuns: 500 },
  );
});
