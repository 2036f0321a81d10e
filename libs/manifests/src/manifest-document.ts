import { LineCounter, isAlias, isCollection, isMap, isPair, isScalar, parseAllDocuments, visit } from 'yaml';
import type { Document, ErrorCode, Node, YAMLParseError } from 'yaml';
import { indentationMistake } from './indentation.ts';

/** A place in a file, counted from 1. */
export interface FilePosition {
  readonly line: number;
  readonly column: number;
}

/** One document of a file that is good YAML. */
export interface ManifestDocument {
  /** As a plain value. */
  readonly value: unknown;
  /** Where the value at this path stands; where it would stand, if it is missing: at what is around it. */
  locate(path: readonly (string | number)[]): FilePosition;
}

/** Why a file is no good YAML. */
export interface YamlProblem extends FilePosition {
  readonly message: string;
  readonly expected: string;
}

/** A file as far as YAML goes: its documents, or everything that is wrong with it. Empty documents are left out. */
export type ParsedFile =
  | { readonly ok: true; readonly documents: readonly ManifestDocument[] }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Most problems named of one file: after the first, YAML errors are often only their echo. */
const maxProblems = 5;

/** What is asked for instead, for the mistakes people make. */
const expectations: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAB_AS_INDENT: 'spaces for indentation',
  BAD_INDENT: 'indentation in spaces, the same for all items of a list or mapping, and every bracket closed',
  DUPLICATE_KEY: 'each name once in a mapping',
  MISSING_CHAR: 'what closes or separates here, such as a quote, a bracket, a colon or a comma',
  BLOCK_AS_IMPLICIT_KEY: 'one "name: value" a line; text with ": " in it needs quotes',
  MULTILINE_IMPLICIT_KEY: 'a name and its colon on one line',
  IMPOSSIBLE: 'valid YAML',
};

/** Reads the text of a file with any number of YAML documents. */
export function parseManifestText(text: string): ParsedFile {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  // An empty stream is an empty array with properties of its own.
  const documents = [...parsed].filter((document) => !isEmpty(document) || document.errors.length > 0);
  const problems: YamlProblem[] = [];
  const values: ManifestDocument[] = [];
  for (const document of documents) {
    problems.push(...yamlProblems(text, lines, document.errors));
    if (document.errors.length > 0) continue;
    try {
      values.push({
        value: document.toJS({ maxAliasCount: 100 }) as unknown,
        locate: (path) => position(lines, offsetOf(document, path)),
      });
    } catch (error) {
      // Aliases that name no anchor, or that multiply without end.
      const message = error instanceof Error ? error.message : String(error);
      const lost = aliasWithoutAnchor(document);
      problems.push({
        ...position(lines, lost ?? document.range[0]),
        message,
        expected: lost === undefined ? 'at most 100 values for aliases' : 'an anchor (&name) before its alias (*name)',
      });
    }
  }
  return problems.length > 0
    ? { ok: false, problems: problems.slice(0, maxProblems) }
    : { ok: true, documents: values };
}

/** What the parser stumbles over, some way off, when a line is indented wrongly. */
const causedByIndentation: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MULTILINE_IMPLICIT_KEY',
  'MISSING_CHAR',
]);

/** What is wrong with one document; a place is named once, and a wrong indentation instead of all that comes of it. */
function yamlProblems(
  text: string,
  lines: LineCounter,
  errors: readonly Pick<YAMLParseError, 'code' | 'pos' | 'message'>[],
): readonly YamlProblem[] {
  const [first] = errors;
  if (first !== undefined && causedByIndentation.has(first.code)) {
    const { line } = position(lines, first.pos[0]);
    const mistake = indentationMistake(text, line, line + 1);
    if (mistake !== undefined) {
      const { spaces, other } = mistake;
      return [
        {
          line: mistake.line,
          column: spaces + 1,
          message: mistake.isTooDeep
            ? `line ${mistake.line} is indented deeper (${spaces} spaces) than line ${other.line} above it (${other.spaces}), which has a value already`
            : `line ${mistake.line} is indented (${spaces} spaces) unlike line ${other.line} (${other.spaces}) and every other line it could belong to`,
          expected: 'the same indentation, in spaces, for all that belongs together',
        },
      ];
    }
  }
  const places = new Set<number>();
  return errors.flatMap((error) => {
    if (places.has(error.pos[0])) return [];
    places.add(error.pos[0]);
    const expected = expectations[error.code] ?? 'valid YAML';
    return [{ ...position(lines, error.pos[0]), message: error.message, expected }];
  });
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function aliasWithoutAnchor(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      found = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return found;
}

function position(lines: LineCounter, offset: number): FilePosition {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? document.range[0];
  for (const part of path) {
    while (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (pair === undefined || !isScalar(pair.key)) break;
      // The name is what a reader looks for: the value may begin on the next line.
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else {
      node = node.get(part, true);
      offset = node?.range?.[0] ?? offset;
    }
  }
  return offset;
}
