/** A line that is indented unlike those it belongs to. */
export interface IndentationMistake {
  /** Counted from 1. */
  readonly line: number;
  readonly spaces: number;
  /** The line it should align with, or stand under, and how that one is indented. */
  readonly other: { readonly line: number; readonly spaces: number };
  /** Deeper than a line that opens nothing: `a: 1` and below it ` b: 2`. */
  readonly isTooDeep: boolean;
}

interface Level {
  readonly spaces: number;
  readonly line: number;
}

/**
 * The first line between `from` and `to` whose indentation fits nothing above it. It looks at lines alone, so it is to be asked only
 * where a parser stumbled: the parser knows that something is wrong, this knows how to say it.
 */
export function indentationMistake(text: string, from: number, to: number): IndentationMistake | undefined {
  let levels: Level[] = [];
  let opens = true;
  let scalarUnder: number | undefined;
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (line > to) return undefined;
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const spaces = content.length - content.trimStart().length;
    if (trimmed.startsWith('---') || trimmed === '...') {
      levels = [];
      opens = true;
      scalarUnder = undefined;
      continue;
    }
    if (scalarUnder !== undefined && spaces > scalarUnder) continue;
    scalarUnder = undefined;
    const isItem = /^-(\s|$)/.test(trimmed);
    const above = levels.at(-1);
    // What is neither a name nor an item goes on with the text above it.
    if (!isItem && !/^[^#&*{[|>].*?:(\s|$)/.test(trimmed)) continue;

    if (above !== undefined && spaces > above.spaces) {
      if (!opens && line >= from) return { line, spaces, other: above, isTooDeep: true };
    } else {
      const left: Level[] = [];
      for (let last = levels.at(-1); last !== undefined && last.spaces > spaces; last = levels.at(-1)) {
        left.push(last);
        levels.pop();
      }
      const sibling = left.at(-1);
      if (sibling !== undefined && levels.at(-1)?.spaces !== spaces && line >= from)
        return { line, spaces, other: sibling, isTooDeep: false };
    }
    levels = [...levels.filter((level) => level.spaces < spaces), { spaces, line }];
    for (const name of namesAfterDashes(content)) levels.push({ spaces: name, line });
    opens = /(:|^-|\s-)(\s+[&!]\S+)*\s*(\s#.*)?$/.test(trimmed);
    if (/[|>][-+0-9]*\s*(\s#.*)?$/.test(trimmed)) scalarUnder = levels.at(-1)?.spaces ?? spaces;
  }
  return undefined;
}

/** Columns, counted from 0, at which something begins after the dashes of `- - a: 1`. */
function namesAfterDashes(content: string): readonly number[] {
  const found: number[] = [];
  const dash = /\s*-\s+(?=\S)/y;
  while (dash.test(content)) found.push(dash.lastIndex);
  return found;
}
