import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broker, stateOf, withResource } from '../../testing/contracts.ts';
import type { DataPlaneScope } from '../data-plane-scope.ts';
import { ContractViews } from './contract-views.ts';

const dispatcher: DataPlaneScope = { kind: 'dispatcher', namespace: '', resourceKinds: [] };
const receiver: DataPlaneScope = { kind: 'receiver', namespace: '', resourceKinds: ['Broker', 'KafkaSink'] };

test('processes of the same scope share one view, however they say it', () => {
  const views = new ContractViews();
  const state = stateOf(broker('a'), broker('b', 1, { dataPlaneNamespace: 'shop' }));
  const view = views.of(state, receiver);
  assert.deepEqual([...view.resources.keys()], ['a']);
  assert.equal(views.of(state, { ...receiver, resourceKinds: ['KafkaSink', 'Broker', 'Broker'] }), view);
  assert.notEqual(views.of(state, { ...receiver, resourceKinds: ['Broker'] }), view);
  assert.notEqual(views.of(state, { ...receiver, kind: 'dispatcher' }), view);
});

test('a dispatcher that everything concerns sees the contract itself', () => {
  const state = stateOf(broker('a'), broker('b'));
  assert.equal(new ContractViews().of(state, dispatcher), state);
});

test('what did not change between two contracts is the same object in the views of both', () => {
  const views = new ContractViews();
  const first = stateOf(broker('a'), broker('b'));
  const second = withResource(first, broker('a', 2));
  const [before, after] = [views.of(first, receiver), views.of(second, receiver)];
  assert.equal(after.resources.get('b'), before.resources.get('b'));
  assert.deepEqual(after.resources.get('b')?.egresses, []);
});
