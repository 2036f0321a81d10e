import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServedKey } from '@eventing-kafka/resources';
import { Dependencies } from './dependencies.ts';

const trigger = (name: string): ServedKey => ({ kind: 'Trigger', namespace: 'ns', name });
const nothing = { get: () => undefined };

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
