import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatched, event, kind, onlyError, quick, requests, type Result, type Row } from '../testing/dispatched.ts';

const rows: readonly Row[] = [
  {
    name: 'dispatcher 21 P1 an answer without event is no reply',
    setup: { subscriber: () => 202 },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'dispatcher 21 P2 text in an answer is no reply and no failure',
    setup: { subscriber: () => ({ status: 200, body: 'a', headers: { 'content-type': 'text/plain' } }) },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'dispatcher 21 P3 a structured reply becomes one record without key',
    setup: {
      subscriber: () => ({
        status: 200,
        headers: { 'content-type': 'application/cloudevents+json' },
        body: '{"specversion":"1.0","id":"1234","source":"/s","subject":"subject","type":"type"}',
      }),
    },
    check: ({ stored, report }) => {
      assert.equal(report.outcome.kind, 'delivered');
      assert.deepEqual(
        stored.map(({ topic, key, headers }) => [topic, key, headers.find(({ name }) => name === 'ce_id')?.value]),
        [['t1', null, '1234']],
      );
    },
  },
  {
    name: 'dispatcher 21 P3 a reply goes to the reply URL',
    setup: { subscriber: () => ({ status: 200, headers: event() }), replyUrl: () => 200 },
    check: (result) => {
      assert.deepEqual(
        [kind(result), ...requests(result), result.r.ids[0], result.stored.length],
        ['delivered', 1, 0, 1, '1234', 0],
      );
    },
  },
  {
    name: 'dispatcher 21 P4 the partition key of a reply is the key of its record, and stays',
    setup: { subscriber: () => ({ status: 200, headers: event({ 'ce-partitionkey': 'k1' }) }) },
    check: ({ stored }) => {
      assert.deepEqual(
        [stored[0]?.key, stored[0]?.headers.find(({ name }) => name === 'ce_partitionkey')?.value],
        ['k1', 'k1'],
      );
    },
  },
  {
    name: 'dispatcher 21 P5 a discarded reply is not looked at',
    setup: {
      subscriber: () => ({ status: 200, headers: event({ 'ce-specversion': '7' }) }),
      egress: { replyStrategy: { $case: 'discardReply', value: {} } },
    },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'dispatcher 21 P6 a reply URL that refuses makes a dead letter with its code and the subscriber as destination',
    setup: { subscriber: () => ({ status: 200, headers: event() }), replyUrl: () => 503, deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual(
        [...requests(result), onlyError(result)],
        [1, 1, 1, { 'ce-knativeerrordest': result.plan.delivery.subscriber.url, 'ce-knativeerrorcode': '503' }],
      );
    },
  },
  ...(
    [
      ['begins the count where the event says nothing', {}, ['2']],
      ['counts down what the event says', { ce_knativebrokerttl: '1' }, ['0']],
      ['is dropped where the event says that none may follow', { ce_knativebrokerttl: '0' }, []],
    ] as const
  ).map(([what, headers, stored]) => ({
    name: `with a limit of three that follow one from another, a reply ${what}`,
    setup: { subscriber: () => ({ status: 200, headers: event() }), maxReplyHops: 3, headers },
    check: (result: Result) => {
      assert.equal(kind(result), 'delivered');
      assert.deepEqual(
        result.stored.map((record) => record.headers.find(({ name }) => name === 'ce_knativebrokerttl')?.value),
        stored,
      );
    },
  })),
  {
    name: 'dispatcher 21 P7 a 202 carries no reply',
    setup: { subscriber: () => ({ status: 202, headers: event() }) },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'a reply that is no valid event makes a dead letter without code',
    setup: {
      subscriber: () => ({ status: 200, body: 'x', headers: { 'ce-specversion': '1.0' } }),
      deadLetter: () => 204,
      config: quick,
    },
    check: (result) => {
      assert.deepEqual([...requests(result), Object.keys(onlyError(result))], [1, 1, 0, ['ce-knativeerrordest']]);
    },
  },
  {
    name: 'a reply that cannot be stored has the event delivered again within the retries',
    setup: { subscriber: () => ({ status: 200, headers: event() }), storeFailures: 2, config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), result.s.requests.length, result.stored.length], ['delivered', 3, 1]);
    },
  },
  {
    name: 'a reply that is never stored makes a dead letter',
    setup: {
      subscriber: () => ({ status: 200, headers: event() }),
      storeFailures: 9,
      config: { ...quick, retry: 1 },
      deadLetter: () => 204,
    },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 2, 1, 0]);
    },
  },
  {
    name: 'the answer of a dead letter sink may hold a reply',
    setup: { subscriber: () => 400, deadLetter: () => ({ status: 200, headers: event() }) },
    check: ({ stored }) => {
      assert.equal(stored.length, 1);
    },
  },
];

for (const { name, setup, check } of rows) test(name, () => dispatched(setup, check));
