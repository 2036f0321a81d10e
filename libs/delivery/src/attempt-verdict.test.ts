import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOfError, verdictOfStatus } from './attempt-verdict.ts';

test('no 4xx speaks against its destination, every 5xx does; 429, 503 and 504 ask for less', () => {
  const told = (status: number): string => Object.values(verdictOfStatus(status)).join();
  for (const status of [200, 202, 204]) assert.equal(told(status), 'alive,false,true');
  for (const status of [101, 303, 400, 404, 408, 409, 410, 422]) assert.equal(told(status), 'alive,false,false');
  assert.equal(told(429), 'alive,true,false');
  for (const status of [500, 501, 502, 599]) assert.equal(told(status), 'failing,false,false');
  for (const status of [503, 504]) assert.equal(told(status), 'failing,true,false');
});

test('without an answer: connections ask for less, time-outs are slow, what is wrong with the request says nothing', () => {
  assert.deepEqual(verdictOfError('DELIVERY_TIMEOUT'), { health: 'failing', overloaded: false, timed: true });
  assert.deepEqual(verdictOfError('DELIVERY_UNREACHABLE'), { health: 'unreachable', overloaded: true, timed: false });
  assert.deepEqual(verdictOfError('DELIVERY_TLS'), { health: 'unreachable', overloaded: false, timed: false });
  assert.deepEqual(verdictOfError('DELIVERY_RESPONSE_TOO_LARGE'), { health: 'alive', overloaded: false, timed: false });
  for (const code of ['DELIVERY_REQUEST_INVALID', 'DELIVERY_DENIED', 'DELIVERY_ABORTED', 'DELIVERY_CLOSED'] as const)
    assert.equal(verdictOfError(code).health, 'unknown');
});
