import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearerToken } from './bearer-token.ts';

const rows: readonly (readonly [header: string | undefined, expected: string])[] = [
  [undefined, 'missing'],
  ['', 'missing'],
  ['Bearer', 'not-bearer'],
  ['Basic dXNlcjpwYXNz', 'not-bearer'],
  ['Digest a.b.c', 'not-bearer'],
  ['a.b.c', 'not-bearer'],
  ['Bearer ', 'malformed'],
  ['Bearer  a.b.c', 'malformed'],
  ['Bearer a.b', 'malformed'],
  ['Bearer a.b.c d', 'malformed'],
  ['Bearer a.b.c.d.e', 'malformed'],
  ['Bearer a.b.c%', 'malformed'],
  [`Bearer a.${'b'.repeat(30)}.c`, 'too-long'],
  ['Bearer a.b.c', 'token a.b.c'],
  ['bEARER a-_9.b.', 'token a-_9.b.'],
];

for (const [header, expected] of rows) {
  test(`Authorization ${JSON.stringify(header)}`, () => {
    const found = bearerToken(header, 30);
    assert.equal('token' in found ? `token ${found.token}` : found.problem, expected);
  });
}
