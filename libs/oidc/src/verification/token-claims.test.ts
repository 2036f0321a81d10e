import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flattenClaims } from './token-claims.ts';

test('nested objects get dotted names, lists several values, and everything is text', () => {
  const claims = flattenClaims({
    sub: 'somebody',
    groups: ['a', 'b', { c: 'd' }, null],
    n: 5,
    b: true,
    none: null,
    'kubernetes.io': { namespace: 'ns', pod: { name: 'p' } },
  });
  assert.deepEqual(
    [...claims],
    [
      ['sub', ['somebody']],
      ['groups', ['a', 'b']],
      ['n', ['5']],
      ['b', ['true']],
      ['kubernetes.io.namespace', ['ns']],
      ['kubernetes.io.pod.name', ['p']],
    ],
  );
});

test('a claim and a nested one of the same name both count', () => {
  assert.deepEqual(flattenClaims({ a: { b: '1' }, 'a.b': '2' }).get('a.b'), ['1', '2']);
});

test('what is nested for ever is cut off', () => {
  let nested: Record<string, unknown> = { end: 'x' };
  for (let depth = 0; depth < 5000; depth += 1) nested = { a: nested };
  assert.equal(flattenClaims(nested).size, 0);
});

test('names of Object are names like others', () => {
  const claims = flattenClaims(JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, unknown>);
  assert.deepEqual(
    [claims.get('__proto__'), claims.get('constructor'), claims.get('toString')],
    [['x'], ['y'], undefined],
  );
});
