import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatched, kind, onlyError, quick, requests, type Row } from '../testing/dispatched.ts';

const deadLetter = (): number => 204;
const outcome = (result: Parameters<Row['check']>[0]): unknown[] => [kind(result), ...requests(result)];

/** Subscribers that mean no good: what they do ends, is classified, and costs bounded memory. */
const rows: readonly Row[] = [
  {
    name: 'security 8 V5: an answer of 307 to another host is one request, and that host is not contacted',
    setup: {
      subscriber: () => ({ status: 307, headers: { location: 'http://127.0.0.1:1/' } }),
      deadLetter,
      config: quick,
    },
    check: (result) => {
      assert.deepEqual(outcome(result), ['dead-lettered', 1, 1, 0]);
      assert.equal(onlyError(result)['ce-knativeerrorcode'], '307');
    },
  },
  {
    name: 'a destination that is denied is a dead letter without a request, and is not tried again',
    setup: { destination: 'http://169.254.169.254/latest', deadLetter, config: quick, guard: {} },
    check: (result) => {
      assert.deepEqual(outcome(result), ['dead-lettered', 0, 1, 0]);
      const { outcome: end } = result.report;
      assert.equal(end.kind === 'dead-lettered' && end.cause.code, 'DELIVERY_DENIED');
      assert.deepEqual(onlyError(result), { 'ce-knativeerrordest': 'http://169.254.169.254/latest' });
    },
  },
  {
    name: 'a reply of more than a mebibyte is a failure, not a reply, and is not asked for again',
    setup: {
      subscriber: () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(1024 * 1024 + 1) }),
      deadLetter,
      config: quick,
    },
    check: (result) => {
      assert.deepEqual(outcome(result), ['dead-lettered', 1, 1, 0]);
      assert.deepEqual(result.stored, []);
      const { outcome: end } = result.report;
      assert.equal(end.kind === 'dead-lettered' && end.cause.code, 'DELIVERY_RESPONSE_TOO_LARGE');
    },
  },
  {
    name: 'of a failure of a megabyte the dead letter tells the first 1024 bytes',
    setup: { subscriber: () => ({ status: 422, body: 'y'.repeat(1_000_000) }), deadLetter },
    check: (result) => {
      const data = Buffer.from(String(onlyError(result)['ce-knativeerrordata']), 'base64');
      assert.equal(data.toString(), 'y'.repeat(1024));
    },
  },
  {
    name: 'a reply that is no valid event is a failure',
    setup: {
      subscriber: () => ({ status: 200, headers: { 'content-type': 'application/cloudevents+json' }, body: '{"id":' }),
      deadLetter,
      config: quick,
    },
    check: (result) => {
      assert.deepEqual(outcome(result), ['dead-lettered', 1, 1, 0]);
      assert.deepEqual(result.stored, []);
    },
  },
];

for (const { name, setup, check } of rows) test(name, () => dispatched(setup, check));
