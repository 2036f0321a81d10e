import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryError, isDeliveryError } from './delivery-error.ts';
import { isFinal } from './dispatch-outcome.ts';

test('delivery errors are told apart by name and code, not by class', () => {
  assert.equal(isDeliveryError(new DeliveryError('DELIVERY_TIMEOUT', 'x', { retryable: true })), true);
  assert.equal(isDeliveryError(Object.assign(new Error('x'), { name: 'DeliveryError', code: 'DELIVERY_TLS' })), true);
  assert.equal(isDeliveryError(Object.assign(new Error('x'), { code: 'DELIVERY_TLS' })), false);
  assert.equal(isDeliveryError({ name: 'DeliveryError', code: 'DELIVERY_TLS' }), false);
});

test('only an interrupted record has to be delivered again', () => {
  const cause = new DeliveryError('DELIVERY_TIMEOUT', 'x', { retryable: true });
  assert.equal(isFinal({ kind: 'abandoned', cause }), true);
  assert.equal(isFinal({ kind: 'filtered' }), true);
  assert.equal(isFinal({ kind: 'interrupted' }), false);
});
