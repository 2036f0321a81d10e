import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { AdaptiveLimit, verdictOfError, verdictOfStatus } from '@eventing-kafka/delivery';
import { DeliveryLifetime } from './delivery-lifetime.ts';
import { Destinations } from './destinations.ts';
import { GatePass, TargetGate, type GateAim } from './target-gate.ts';

const url = 'http://subscriber.example/events';
const aimed: GateAim = {
  url,
  caPem: '',
  attemptTimeoutMs: 10_000,
  patienceMs: Number.POSITIVE_INFINITY,
  retryAfterMaxMs: 0,
};
const settings = { failures: 3, firstPauseMs: 1_000, maxPauseMs: 4_000 };
const failing = { verdict: verdictOfError('DELIVERY_CONNECTION_LOST'), taken: false, failure: 'no connection' };
const taken = { verdict: verdictOfStatus(204), taken: true };
const withdrawn = { verdict: verdictOfError('DELIVERY_ABORTED'), taken: false };
const busy = { verdict: verdictOfStatus(429), taken: false, retryAfterMs: 30_000, failure: 'answered 429' };

/** A gate to one destination, and what it told of itself. */
class TestGate {
  readonly told: string[] = [];
  readonly lifetime = new DeliveryLifetime();
  readonly gate: TargetGate;

  constructor(
    destinations: Destinations,
    { ceiling = 10, ...aim }: Partial<GateAim> & { readonly ceiling?: number } = {},
  ) {
    this.gate = new TargetGate({
      destinations,
      limit: new AdaptiveLimit({ ceiling }),
      outageLimit: 2,
      host: { roomier: () => undefined, held: (why) => this.told.push(why) },
    });
    this.gate.aimAt({ ...aimed, ...aim });
  }

  /** A request that goes at once. */
  pass(before?: GatePass): GatePass {
    const pass = this.gate.enter(this.lifetime, before);
    if (pass === undefined || pass instanceof Promise) assert.fail('the request has to wait');
    return pass;
  }

  /** A request that waits; `passed` once it went. */
  wait(): { passed: unknown } {
    const waiting: { passed: unknown } = { passed: undefined };
    const entered = this.gate.enter(this.lifetime);
    assert.ok(entered instanceof Promise, 'the request goes at once');
    void entered.then((pass) => (waiting.passed = pass ?? 'no'));
    return waiting;
  }

  /** Different events that fail until the breaker opens. */
  breakIt(): void {
    for (let index = 0; index < settings.failures; index++) this.gate.leave(this.pass(), failing);
  }
}

const hasGone = (waiting: { readonly passed: unknown } | undefined): boolean => waiting?.passed instanceof GatePass;

const settled = (): Promise<void> => Promise.resolve().then(() => undefined);

describe('target gate', () => {
  // Jitter aside, pauses last as told: no clock and no die of the machine.
  const start = (
    destinations = new Destinations(settings),
    aim?: ConstructorParameters<typeof TestGate>[1],
  ): TestGate => new TestGate(destinations, aim);
  let nowMs = 1_000_000;
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    mock.timers.tick(ms);
    await settled();
  };
  test.beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    mock.method(performance, 'now', () => nowMs);
    mock.method(Math, 'random', () => 0.5);
  });
  test.afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  test('lets through as many as the limit allows, the others in the order they came', async () => {
    const one = start(undefined, { ceiling: 2 });
    const first = one.pass();
    one.pass();
    const waiting = [one.wait(), one.wait()];
    one.gate.leave(first, taken);
    await settled();
    assert.ok(hasGone(waiting[0]));
    assert.equal(hasGone(waiting[1]), false);
    assert.deepEqual([one.gate.active, one.gate.occupied], [2, 3]);
  });

  test('a destination that is down gets nothing, then single requests, each after twice the pause', async () => {
    const one = start();
    one.breakIt();
    assert.equal(one.gate.isHeld, true);
    assert.equal(one.gate.trouble, 'no connection');
    const waiting = [one.wait(), one.wait()];
    await pass(999);
    assert.deepEqual(
      waiting.map(({ passed }) => passed),
      [undefined, undefined],
    );
    await pass(2);
    const [probe] = waiting;
    assert.ok(probe?.passed instanceof GatePass);
    assert.equal(hasGone(waiting[1]), false);
    one.gate.leave(probe.passed, failing);
    await pass(1_990);
    assert.equal(hasGone(waiting[1]), false);
    await pass(20);
    assert.ok(hasGone(waiting[1]));
    assert.deepEqual(one.told, ['breaker']);
  });

  test('once it is back all go on, one at first', async () => {
    const one = start();
    one.breakIt();
    const waiting = [one.wait(), one.wait(), one.wait()];
    await pass(1_001);
    one.gate.leave(waiting[0]?.passed as GatePass, taken);
    await settled();
    assert.equal(one.gate.most, 1);
    assert.ok(hasGone(waiting[1]));
    assert.equal(hasGone(waiting[2]), false);
    assert.equal(one.gate.isHeld, false);
    assert.equal(one.gate.trouble, undefined);
  });

  test('the retries of one bad event hold back nobody', () => {
    const one = start();
    let before: GatePass | undefined;
    for (let attempt = 0; attempt < 50; attempt++) {
      before = one.pass(before);
      one.gate.leave(before, failing);
    }
    assert.equal(one.gate.isHeld, false);
    assert.equal(one.gate.breakerState(nowMs), 'closed');
  });

  test('whoever posts to the same destination waits too, and one request tries it for all', async () => {
    const destinations = new Destinations(settings);
    const [one, other] = [start(destinations), start(destinations, { url: `${url}?who=2` })];
    one.breakIt();
    assert.equal(other.gate.isHeld, true);
    const waiting = [one.wait(), other.wait()];
    await pass(1_001);
    assert.equal(waiting.filter(({ passed }) => passed !== undefined).length, 1);
    const elsewhere = start(destinations, { url: 'http://subscriber.example/other' });
    elsewhere.pass();
  });

  for (const [what, aim] of [
    ['that trusts other certificates', { caPem: 'PEM' }],
    ['with another time-out', { attemptTimeoutMs: 1 }],
  ] as const)
    test(`an egress ${what} holds back nobody else who posts to the same URL`, () => {
      const destinations = new Destinations(settings);
      const secure = { url: 'https://subscriber.example/events' };
      const misled = start(destinations, { ...secure, ...aim });
      const same = start(destinations, { ...secure, ...aim });
      const healthy = start(destinations, secure);
      misled.breakIt();
      assert.deepEqual([misled.gate.isHeld, same.gate.isHeld, healthy.gate.isHeld], [true, true, false]);
      healthy.pass();
    });

  test('an event with a dead letter sink waits as long as an outage may last, and then goes as if it were up', async () => {
    const one = start(undefined, { patienceMs: 500 });
    one.breakIt();
    const waiting = Array.from({ length: 12 }, () => one.wait());
    await pass(499);
    assert.ok(waiting.every(({ passed }) => passed === undefined));
    await pass(2);
    // As many as the limit allows, not one after the other.
    assert.equal(waiting.filter(({ passed }) => passed !== undefined).length, 10);
    assert.equal(one.gate.isHeld, false);
    assert.equal(one.gate.breakerState(nowMs), 'open');
  });

  test('when an outage is waited for no more, its failures lower what goes at once, but not to one', async () => {
    const one = start(undefined, { patienceMs: 0 });
    one.breakIt();
    for (let index = 0; index < 500; index++) one.gate.leave(one.pass(), failing);
    assert.equal(one.gate.most, 2);
    one.gate.leave(one.pass(), taken);
    assert.equal(one.gate.most, 1);
    await settled();
  });

  test('Retry-After holds back the destination for those who heed it, no longer than they allow', async () => {
    const destinations = new Destinations(settings);
    const heeding = start(destinations, { retryAfterMaxMs: 10_000 });
    const heedless = start(destinations);
    heeding.gate.leave(heeding.pass(), busy);
    assert.deepEqual([heeding.gate.isHeld, heedless.gate.isHeld], [true, false]);
    assert.deepEqual(heeding.told, ['retry-after']);
    heedless.pass();
    const waiting = heeding.wait();
    await pass(9_999);
    assert.equal(hasGone(waiting), false);
    await pass(3);
    assert.ok(hasGone(waiting));
  });

  test('the end of a lifetime ends the waiting, and the request under way is not forgotten', async () => {
    const one = start(undefined, { ceiling: 1 });
    const under = one.pass();
    const waiting = one.wait();
    one.lifetime.end();
    await settled();
    assert.equal(waiting.passed, 'no');
    assert.deepEqual([one.gate.active, one.gate.occupied], [1, 1]);
    one.gate.leave(under, withdrawn);
    assert.equal(one.gate.occupied, 0);
  });

  test('what waits goes elsewhere at once when the destination changes', async () => {
    const one = start();
    one.breakIt();
    const waiting = one.wait();
    one.gate.aimAt({ ...aimed, url: 'http://other.example/' });
    await settled();
    assert.ok(hasGone(waiting));
    assert.equal(one.gate.isHeld, false);
  });

  test('a gate that leads nowhere lets nobody wait', async () => {
    const one = start();
    one.breakIt();
    const waiting = one.wait();
    one.gate.aimAt(undefined);
    await settled();
    assert.equal(waiting.passed, 'no');
    assert.equal(one.gate.enter(one.lifetime), undefined);
  });

  test('a destination that nobody uses is forgotten, with what it did', () => {
    const destinations = new Destinations(settings);
    const one = start(destinations);
    one.breakIt();
    one.gate.aimAt(undefined);
    const other = start(destinations);
    assert.equal(other.gate.isHeld, false);
  });
});
