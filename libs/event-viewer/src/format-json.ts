/** Lines of a text, and whether there would have been more. */
export interface BoundedLines {
  readonly lines: readonly string[];
  readonly isCut: boolean;
}

/**
 * JSON laid out over lines, two spaces a level, at most `maxLines` of them. Works on the text, not on parsed values: numbers and escapes stay as the
 * sender wrote them, and a large text costs no more than the lines shown. What is no JSON comes out odd but whole.
 */
export function formatJson(text: string, maxLines: number): BoundedLines {
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  const breakLine = (): void => {
    if (line.trim() !== '') lines.push(line);
    // Deeper than this, indentation tells nothing any more.
    line = '  '.repeat(Math.min(depth, 40));
  };
  // Strings, structure, runs of anything else; white space between them is ours to choose.
  const tokens = /"(?:[^"\\]|\\[^])*"?|[{}[\],:]|[^\s"{}[\],:]+/g;
  let previous = '';
  for (const [token] of text.matchAll(tokens)) {
    if (lines.length >= maxLines) return { lines, isCut: true };
    const isClosing = token === '}' || token === ']';
    if (isClosing) depth = Math.max(0, depth - 1);
    if (isClosing ? previous !== '{' && previous !== '[' : previous === '{' || previous === '[') breakLine();
    line += token;
    if (token === '{' || token === '[') depth += 1;
    else if (token === ',') breakLine();
    else if (token === ':') line += ' ';
    previous = token;
  }
  if (line.trim() !== '') lines.push(line);
  return lines.length > maxLines ? { lines: lines.slice(0, maxLines), isCut: true } : { lines, isCut: false };
}
