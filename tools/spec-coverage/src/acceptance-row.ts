/** A row of the acceptance tables, as the files in `rows` say it. */
export interface AcceptanceRow {
  /** `receiver 20.1 R-01`: how the name of a test begins that shows it. */
  readonly id: string;
  /** A few words about what it asks. */
  readonly what: string;
  /** Cases it stands for, each shown under `<id> #1` and so on; undefined: it is one itself. */
  readonly cases?: number;
  /** Why no test shows it. */
  readonly reason?: string;
}

/** A section of rows, as it is written in a file. */
interface WrittenSection {
  readonly section: string;
  readonly rows: readonly AcceptanceRow[];
}

/**
 * The rows in the text of a file, with the section before their ids.
 *
 * @throws Error when an id is there twice, or is none
 */
export function parseRows(text: string): readonly AcceptanceRow[] {
  const rows = (JSON.parse(text) as readonly WrittenSection[]).flatMap(({ section, rows }) =>
    rows.map((row) => ({ ...row, id: `${section} ${row.id}` })),
  );
  const seen = new Set<string>();
  for (const { id } of rows) {
    if (namedRows(id).join() !== id) throw new Error(`"${id}" is no id of a row`);
    if (seen.has(id)) throw new Error(`"${id}" is there twice`);
    seen.add(id);
  }
  return rows;
}

/** What has to be shown for a row: itself, or each of its cases. */
export function casesOf({ id, cases }: AcceptanceRow): readonly string[] {
  return cases === undefined ? [id] : Array.from({ length: cases }, (_, index) => `${id} #${index + 1}`);
}

const id = String.raw`(?:(?:receiver|dispatcher|security) \d+(?:\.\d+)? #?[A-Z]*-?\d+|cesql \d+ [a-z_]+(?: #\d+)?)`;
const ids = new RegExp(`^${id}(?:, ${id})*(?![\\w-])`);

/** The ids that the name of a test begins with, `receiver 20.2 D-09, receiver 20.2 D-31: …`; none: it shows no row. */
export function namedRows(name: string): readonly string[] {
  return ids.exec(name)?.[0].split(', ') ?? [];
}
