import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { namedTests } from './named-tests.ts';

test('tests are found in all projects, in data that some source speaks of, and not in what was made', () => {
  const root = mkdtempSync(join(tmpdir(), 'spec-coverage-'));
  try {
    const files = {
      'apps/a/src/a.test.ts': `test('receiver 20.1 R-01', run); const row = ['receiver 20.1 R-02'];`,
      'libs/b/src/rows.ts': `test('receiver 20.1 R-03', run); const row = ['receiver 20.1 R-04'];`,
      'libs/b/src/b.test.ts': `const data = ['../testdata/used.json', '../testdata/used.out.json'];`,
      'libs/b/testdata/used.json': `[{ "name": "receiver 20.1 R-05" }]`,
      'libs/b/testdata/used.out.json': `[{ "name": "receiver 20.1 R-09" }]`,
      'libs/b/testdata/forgotten.json': `[{ "name": "receiver 20.1 R-06" }]`,
      'libs/b/testdata/table.ts': `export const rows = [['receiver 20.1 R-07']];`,
      'libs/b/dist/b.test.ts': `test('receiver 20.1 R-08', run);`,
      'e2e/c/src/c.e2e.ts': `test('of no row', run);`,
      'tools/d/src/d.test.mjs': `test('security 8 K1', run);`,
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    assert.deepEqual(
      namedTests(root)
        .map(({ name, file }) => `${name} ${file}`)
        .toSorted(),
      [
        'receiver 20.1 R-01 apps/a/src/a.test.ts',
        'receiver 20.1 R-02 apps/a/src/a.test.ts',
        'receiver 20.1 R-03 libs/b/src/rows.ts',
        'receiver 20.1 R-05 libs/b/testdata/used.json',
        'receiver 20.1 R-07 libs/b/testdata/table.ts',
        'security 8 K1 tools/d/src/d.test.mjs',
      ],
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});
