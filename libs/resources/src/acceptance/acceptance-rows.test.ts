/** `docs/acceptance.md` says of which rows there is a test here; this holds it to that. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const lines = readFileSync(new URL('docs/acceptance.md', root), 'utf8').split('\n');
const tests = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(`src/${name}`, root), 'utf8'))
  .join('\n');

/** Rows with their section, `24.1 B1`, and what became of them. */
function* rows(): IterableIterator<readonly [row: string, what: string]> {
  let section = '';
  for (const line of lines) {
    section = /^## (\S+)/.exec(line)?.[1] ?? section;
    const [, row, what] = /^\| ([A-Z]+\d+)\s*\| (\w+)/.exec(line) ?? [];
    if (row !== undefined && what !== undefined) yield [`${section} ${row}`, what];
  }
}

test('every row that is said to be tested here is named by a test, and no other word is said of a row', () => {
  const all = [...rows()];
  assert.ok(all.length > 60);
  const missing = all.filter(([row, what]) => {
    if (!['here', 'adapted', 'reconciler', 'replaced'].includes(what)) return true;
    const [section = '', name = ''] = row.split(' ');
    const isNamed = new RegExp(`control-plane ${section} (?:[A-Z]+\\d+, )*${name}\\b`).test(tests);
    return (what === 'here' || what === 'adapted') !== isNamed;
  });
  assert.deepEqual(missing, []);
});
