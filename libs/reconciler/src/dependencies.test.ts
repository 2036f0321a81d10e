import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServedKey } from '@eventing-kafka/resources';
import { Dependencies } from './dependencies.ts';

const trigger = (name: string): ServedKey => ({ kind: 'Trigger', namespace: 'ns', name });
const nothing = { get: () => undefined, list: () => [] };

test('what was looked up and not found wakes who asked, when it appears', () => {
  const dependencies = new Dependencies();
  dependencies.tracked(nothing, trigger('a')).get('Broker', 'ns', 'b');
  dependencies.tracked(nothing, trigger('c')).get('Broker', 'ns', 'b');
  assert.deepEqual(dependencies.of({ kind: 'Broker', namespace: 'ns', name: 'b' }), [trigger('a'), trigger('c')]);
  assert.deepEqual(dependencies.of({ kind: 'KafkaSink', namespace: 'ns', name: 'b' }), []);
});

test('only the last look counts, and what is forgotten wakes nobody', () => {
  const dependencies = new Dependencies();
  dependencies.tracked(nothing, trigger('a')).get('Broker', 'ns', 'old');
  dependencies.tracked(nothing, trigger('a')).get('Broker', 'ns', 'new');
  assert.deepEqual(dependencies.of({ kind: 'Broker', namespace: 'ns', name: 'old' }), []);
  dependencies.forget(trigger('a'));
  assert.deepEqual(dependencies.of({ kind: 'Broker', namespace: 'ns', name: 'new' }), []);
});

test('who listed the objects of a namespace is woken by any of them', () => {
  const dependencies = new Dependencies();
  dependencies.tracked(nothing, trigger('a')).list?.('EventPolicy', 'ns');
  assert.deepEqual(dependencies.of({ kind: 'EventPolicy', namespace: 'ns', name: 'new' }), [trigger('a')]);
  assert.deepEqual(dependencies.of({ kind: 'EventPolicy', namespace: 'other', name: 'new' }), []);
});

test('a view passes on why something counts as missing', () => {
  const blind = {
    ...nothing,
    whyAbsent: (_kind: string, namespace: string, name: string) => `no ${namespace}/${name}`,
  };
  assert.equal(new Dependencies().tracked(blind, trigger('a')).whyAbsent?.('Secret', 'ns', 's'), 'no ns/s');
  assert.equal(new Dependencies().tracked(nothing, trigger('a')).whyAbsent?.('Secret', 'ns', 's'), undefined);
});

test('a view knows whether something was looked up that the source does not know yet', () => {
  const dependencies = new Dependencies();
  const slow = { ...nothing, pending: (_kind: string, _namespace: string, name: string) => name === 'slow' };
  const view = dependencies.tracked(slow, trigger('a'));
  view.get('Secret', 'ns', 'quick');
  assert.equal(view.isPending(), false);
  view.get('Secret', 'ns', 'slow');
  assert.equal(view.isPending(), true);
});
