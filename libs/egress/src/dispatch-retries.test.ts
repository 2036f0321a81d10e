import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatched, kind, quick, requests, type Result, type Row } from '../testing/dispatched.ts';

/** Fails the first attempts, then takes the event. */
function failing(times: number): (attempt: number) => number {
  return (attempt) => (attempt <= times ? 500 : 200);
}

const rows: readonly Row[] = [
  {
    name: 'dispatcher 21 R1 a retry that succeeds ends the delivery',
    setup: { subscriber: (attempt) => (attempt <= 4 ? 500 : 200), config: quick, deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 5, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 R2 a final failure is not tried again',
    setup: { subscriber: () => 400, config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 1, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 R3 retries are used up',
    setup: { subscriber: () => 500, config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 6, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 R3 an answer that does not come is a failure that is tried again',
    setup: { subscriber: () => 'never', config: { ...quick, retry: 1, timeout: 50n } },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 2, 0, 0]);
    },
  },
  ...(
    [
      ['fails 3 times', 3, ['delivered', 4, 0, 0]],
      ['fails 4 times', 4, ['dead-lettered', 4, 1, 0]],
    ] as const
  ).map(([what, failures, expected]) => ({
    name: `dispatcher 21 R7 a trigger without delivery has the retries and the dead letter sink of its Broker: ${what}`,
    setup: {
      subscriber: failing(failures),
      deadLetter: () => 204,
      config: { ...quick, retry: 3 },
      isResourceConfig: true,
    },
    check: (result: Result) => {
      assert.deepEqual([kind(result), ...requests(result)], expected);
    },
  })),
  {
    name: 'dispatcher 21 R8 a trigger with delivery retries as it says, whatever its Broker does',
    setup: {
      subscriber: failing(3),
      deadLetter: () => 204,
      config: { ...quick, retry: 3 },
      resource: { egressConfig: { retry: 0 } },
    },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 4, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 R8 a trigger with delivery and no dead letter sink drops what fails for good',
    setup: { subscriber: failing(2), config: { ...quick, retry: 1 }, resource: { egressConfig: { retry: 0 } } },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 2, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 R9 beside a Broker with delivery a trigger with its own goes by that',
    setup: {
      subscriber: failing(3),
      deadLetter: () => 204,
      config: { ...quick, retry: 3 },
      resource: { egressConfig: { ...quick, retry: 1, deadLetter: 'http://127.0.0.1:1/' } },
    },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 4, 0, 0]);
    },
  },
  {
    name: 'dispatcher 21 R9 and one without goes by the Broker',
    setup: {
      subscriber: failing(2),
      deadLetter: () => 204,
      config: { ...quick, retry: 1 },
      isResourceConfig: true,
    },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 2, 1, 0]);
    },
  },
  ...[404, 408, 409, 429, 500, 503].map((status) => ({
    name: `dispatcher 21 R4 ${status} is tried again`,
    setup: { subscriber: () => status, config: { ...quick, retry: 1 } },
    check: (result: Result) => {
      assert.deepEqual(requests(result), [2, 0, 0]);
    },
  })),
  ...[301, 303, 307, 401, 405, 410, 415, 431].map((status) => ({
    name: `dispatcher 21 R4 ${status} is not`,
    setup: { subscriber: () => ({ status, headers: { location: '/elsewhere' } }), config: { ...quick, retry: 1 } },
    check: (result: Result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 1, 0, 0]);
    },
  })),
  {
    name: 'dispatcher 21 R10 the dead letter sink has retries of its own',
    setup: { subscriber: () => 400, deadLetter: (attempt) => (attempt <= 3 ? 503 : 204), config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 1, 4, 0]);
    },
  },
  {
    name: 'retries without delay follow at once',
    setup: { subscriber: (attempt) => (attempt <= 2 ? 500 : 204), config: { retry: 2 } },
    check: (result) => {
      assert.deepEqual(requests(result), [3, 0, 0]);
    },
  },
];

for (const { name, setup, check } of rows) test(name, () => dispatched(setup, check));
