import { type AcceptanceRow, casesOf, namedRows } from './acceptance-row.ts';

/** A name that a test has, or is given from a table. */
export interface NamedTest {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
}

/** A row and what shows it. */
export interface CoveredRow {
  readonly row: AcceptanceRow;
  readonly tests: readonly NamedTest[];
  /** What of it no test shows, though no reason is given. */
  readonly missing: readonly string[];
}

/** What is shown, and what is wrong with what is said about it. */
export interface Coverage {
  readonly rows: readonly CoveredRow[];
  /** Sentences: a test of a row that does not exist, a reason for a row that has a test. */
  readonly contradictions: readonly string[];
}

/** Holds rows and tests against each other. */
export function coverage(rows: readonly AcceptanceRow[], tests: readonly NamedTest[]): Coverage {
  const shown = new Map<string, NamedTest[]>();
  for (const test of tests)
    for (const id of new Set(namedRows(test.name))) shown.set(id, [...(shown.get(id) ?? []), test]);
  const known = new Set(rows.flatMap((row) => [row.id, ...casesOf(row)]));
  // Names may begin with the clause of another section that has no rows.
  const sections = new Set(rows.map(({ id }) => sectionOf(id)));
  const unknown = [...shown]
    .filter(([id]) => sections.has(sectionOf(id)) && !known.has(id))
    .map(([id, [test]]) => `there is no row ${id}, which a test in ${test?.file ?? ''} names`);
  const needless = rows
    .filter(({ id, reason }) => reason !== undefined && shown.has(id))
    .map(({ id }) => `${id} has a reason why no test shows it, and a test`);
  return {
    rows: rows.map((row) => {
      const cases = casesOf(row);
      const missing = row.reason === undefined ? cases.filter((id) => !shown.has(id)) : [];
      const named = new Set([...cases, row.id].flatMap((id) => shown.get(id) ?? []));
      return { row, tests: [...named], missing };
    }),
    contradictions: [...unknown, ...needless],
  };
}

/** `receiver 20.1` of `receiver 20.1 R-01`. */
function sectionOf(id: string): string {
  return id.split(' ').slice(0, 2).join(' ');
}
