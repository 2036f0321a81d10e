import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer, EgressPromise, SentEvent, StoredCopy } from './entries.ts';
import { Ledger } from './ledger.ts';

const everything: EgressPromise = { name: 'e', order: 'unordered', expects: () => 'wanted' };

/** An event of key `k`, sent at 0 and accepted at 1 unless told. */
function event(id: string, changes: Partial<SentEvent> = {}): SentEvent {
  return { id, key: 'k', sequence: 0, lane: 'both', firstSentAtMs: 0, acceptedAtMs: 1, unanswered: 0, ...changes };
}

/** Books of events, where each lies in the topic, and what was answered at 10, 20, … ms. */
function books(
  events: readonly SentEvent[],
  stored: Readonly<Record<string, readonly StoredCopy[]>>,
  answers: readonly (readonly [id: string, kind?: Answer['kind'], egress?: string])[],
): Ledger {
  const ledger = new Ledger();
  for (const sent of events) ledger.begin(sent);
  ledger.stored = new Map(Object.entries(stored));
  for (const [index, [id, kind = 'delivered', egress = 'e']] of answers.entries()) {
    ledger.answered({ egress, id, kind, atMs: (index + 1) * 10 });
  }
  return ledger;
}

function account(ledger: Ledger, promise: EgressPromise = everything) {
  const [only] = ledger.accounts([promise], 1_000);
  assert.ok(only);
  return only;
}

const at = (offset: number, partition = 0): StoredCopy => ({ partition, offset });

describe('what counts as lost', () => {
  test('an accepted event that was neither delivered nor dead-lettered, with how far it came', () => {
    const { lost, accepted, delivered } = account(
      books([event('a'), event('b'), event('c')], { a: [at(0)], b: [at(1)] }, [['a']]),
    );
    assert.deepEqual(lost, [
      { id: 'b', how: 'never-delivered', partition: 0, offset: 1 },
      { id: 'c', how: 'never-stored' },
    ]);
    assert.deepEqual([accepted, delivered], [3, 1]);
  });

  test('not an event that went to the dead letter sink', () => {
    const { lost, deadLettered } = account(
      books([event('a')], { a: [at(0)] }, [
        ['a', 'refused'],
        ['a', 'dead-lettered'],
      ]),
    );
    assert.deepEqual([lost.length, deadLettered], [0, 1]);
  });

  test('an event that the subscriber refused is not delivered by that', () => {
    const { lost, refused } = account(books([event('a')], { a: [at(0)] }, [['a', 'refused']]));
    assert.deepEqual([lost.length, refused], [1, 1]);
  });

  test('an event without a 202 is lost only when it is in the topic', () => {
    const unanswered = { acceptedAtMs: undefined, unanswered: 1 };
    const { lost, accepted, unknown } = account(
      books([event('stored', unanswered), event('gone', unanswered)], { stored: [at(0)] }, []),
    );
    assert.deepEqual(
      lost.map(({ id }) => id),
      ['stored'],
    );
    assert.deepEqual([accepted, unknown], [0, 2]);
  });

  test('an answer of another egress does not count', () => {
    assert.equal(account(books([event('a')], { a: [at(0)] }, [['a', 'delivered', 'other']])).lost.length, 1);
  });

  test('what a filter does not want is not lost, and is told when it is delivered', () => {
    const filtered: EgressPromise = {
      ...everything,
      expects: ({ lane }) => (lane === 'none' ? 'unwanted' : lane === 'a' ? 'either' : 'wanted'),
    };
    const ledger = books([event('n', { lane: 'none' }), event('m', { lane: 'none' }), event('a', { lane: 'a' })], {}, [
      ['n'],
    ]);
    const { lost, unwanted, accepted } = account(ledger, filtered);
    assert.deepEqual([lost, unwanted, accepted], [[], ['n'], 0]);
  });
});

describe('what counts as repeated', () => {
  test('each delivery after the first', () => {
    assert.equal(account(books([event('a')], { a: [at(0)] }, [['a'], ['a'], ['a']])).repeated, 2);
  });

  test('not that of a second copy, which a repeated attempt put into the topic', () => {
    const { repeated, storedTwice } = account(books([event('a')], { a: [at(0), at(5)] }, [['a'], ['a']]));
    assert.deepEqual([repeated, storedTwice], [0, 1]);
  });

  test('not a request that was refused before', () => {
    assert.equal(account(books([event('a')], { a: [at(0)] }, [['a', 'refused'], ['a']])).repeated, 0);
  });
});

describe('what counts as out of order', () => {
  const ordered: EgressPromise = { ...everything, order: 'ordered' };
  const byKey: EgressPromise = { ...everything, order: 'key' };
  const two = [event('a', { key: 'x' }), event('b', { key: 'y' })];

  test('a first delivery after that of an event behind it in its partition', () => {
    const ledger = books(two, { a: [at(0)], b: [at(1)] }, [['b'], ['a']]);
    assert.deepEqual(account(ledger, ordered).outOfOrder, [{ id: 'a', after: 'b' }]);
  });

  test('by key only when the keys are equal', () => {
    const ledger = books(two, { a: [at(0)], b: [at(1)] }, [['b'], ['a']]);
    assert.deepEqual(account(ledger, byKey).outOfOrder, []);
    const sameKey = books([event('a'), event('b')], { a: [at(0)], b: [at(1)] }, [['b'], ['a']]);
    assert.deepEqual(account(sameKey, byKey).outOfOrder, [{ id: 'a', after: 'b' }]);
  });

  test('not between partitions', () => {
    const ledger = books(two, { a: [at(0)], b: [at(1, 1)] }, [['b'], ['a']]);
    assert.deepEqual(account(ledger, ordered).outOfOrder, []);
  });

  test('nothing where no order is promised', () => {
    const ledger = books(two, { a: [at(0)], b: [at(1)] }, [['b'], ['a']]);
    assert.deepEqual(account(ledger).outOfOrder, []);
  });

  test('not a repeat that goes back after a crash', () => {
    const ledger = books(two, { a: [at(0)], b: [at(1)] }, [['a'], ['b'], ['a'], ['b']]);
    assert.deepEqual(account(ledger, ordered).outOfOrder, []);
  });

  test('but skipping one while going forward again', () => {
    const three = [...two, event('c')];
    const ledger = books(three, { a: [at(0)], b: [at(1)], c: [at(2)] }, [['a'], ['a'], ['c'], ['b']]);
    assert.deepEqual(account(ledger, ordered).outOfOrder, [{ id: 'b', after: 'c' }]);
  });

  test('an event that goes to the dead letter sink after a later one was delivered', () => {
    const ledger = books(two, { a: [at(0)], b: [at(1)] }, [['a', 'refused'], ['b'], ['a', 'dead-lettered']]);
    assert.deepEqual(account(ledger, ordered).outOfOrder, [{ id: 'a', after: 'b' }]);
  });

  test('the first copy in the topic is the place of an event', () => {
    const ledger = books(two, { a: [at(0), at(2)], b: [at(1)] }, [['a'], ['b'], ['a']]);
    assert.deepEqual(account(ledger, ordered).outOfOrder, []);
  });
});

describe('time to the first delivery after a fault', () => {
  test('is that of an event sent after it, the longest of all faults', () => {
    const ledger = books([event('early'), event('late', { firstSentAtMs: 15, acceptedAtMs: 16 })], {}, [
      ['early'],
      ['early'],
      ['late'],
    ]);
    ledger.faultsAtMs.push(12);
    assert.equal(account(ledger).firstDeliveryMs, 18);
  });

  test('is undefined when nothing was broken, and lasts to the end when nothing came', () => {
    const ledger = books([event('a')], {}, [['a']]);
    assert.equal(account(ledger).firstDeliveryMs, undefined);
    ledger.faultsAtMs.push(100);
    assert.equal(account(ledger).firstDeliveryMs, 900);
  });
});

describe('owed', () => {
  test('is what is wanted and accepted, or found in the topic, until it is delivered or dead-lettered', () => {
    const unanswered = { acceptedAtMs: undefined, unanswered: 1 };
    const ledger = books([event('a'), event('b'), event('c'), event('u', unanswered)], {}, [
      ['a'],
      ['b', 'dead-lettered'],
      ['c', 'refused'],
    ]);
    assert.deepEqual(ledger.owed(everything), ['c']);
    ledger.stored = new Map([['u', [at(0)]]]);
    assert.deepEqual(ledger.owed(everything), ['c', 'u']);
    assert.equal(ledger.settled('e'), 2);
  });

  test('an id is never given twice', () => {
    const ledger = books([event('a')], {}, []);
    assert.throws(() => ledger.begin(event('a')), /a is sent twice/);
  });
});
