import { casesOf } from './acceptance-row.ts';
import type { Coverage, CoveredRow } from './coverage.ts';

/** Markdown: a line for each row, then how many there are, and what is wrong. */
export function coverageTable({ rows, contradictions }: Coverage): string {
  const lines = ['| row | what it asks | test | file |', '| --- | --- | --- | --- |', ...rows.flatMap(linesOf), ''];
  const cases = rows.flatMap(({ row }) => casesOf(row)).length;
  const missing = rows.flatMap((row) => row.missing);
  const reasons = rows.filter(({ row }) => row.reason !== undefined).length;
  lines.push(
    `${rows.length} rows with ${cases} cases: ${cases - missing.length - reasons} shown, ${reasons} with a reason why not, ${missing.length} missing.`,
  );
  if (missing.length > 0) lines.push('', 'Missing:', '', ...missing.map((id) => `- ${id}`));
  if (contradictions.length > 0) lines.push('', 'Wrong:', '', ...contradictions.map((text) => `- ${text}`));
  return `${lines.join('\n')}\n`;
}

function linesOf({ row, tests, missing }: CoveredRow): readonly string[] {
  const { id, what, cases, reason } = row;
  const line = (test: string, file: string): string =>
    `| ${[id, what, test, file].map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  if (reason !== undefined) return [line(`none: ${reason}`, '')];
  if (cases !== undefined) {
    const files = [...new Set(tests.map(({ file }) => file))].join(', ');
    return [line(`${cases - missing.length} of ${cases} cases`, files)];
  }
  return tests.length === 0 ? [line('MISSING', '')] : tests.map(({ name, file }) => line(name, file));
}
