/** Prints which test shows which acceptance row; exit code 1 when a row is missing and nobody says why, or what is said is wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseRows } from './acceptance-row.ts';
import { coverage } from './coverage.ts';
import { coverageTable } from './coverage-table.ts';
import { namedTests } from './named-tests.ts';

const root = new URL('../../../', import.meta.url);
const rowsFolder = new URL('../rows/', import.meta.url);
const order = ['receiver', 'dispatcher', 'filters', 'cesql', 'security'];
const files = readdirSync(rowsFolder).toSorted((a, b) => place(a) - place(b));
const rows = files.flatMap((file) => parseRows(readFileSync(new URL(file, rowsFolder), 'utf8')));
const result = coverage(rows, namedTests(root.pathname));
process.stdout.write(coverageTable(result));
const isWhole = result.rows.every(({ missing }) => missing.length === 0) && result.contradictions.length === 0;
process.exitCode = isWhole ? 0 : 1;

function place(file: string): number {
  return order.indexOf(file.replace('.json', ''));
}
