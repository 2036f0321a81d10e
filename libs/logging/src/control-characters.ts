/**
 * Everything a terminal may act on or a reader may be misled by: C0 and C1 controls, delete, line and paragraph separators, marks that
 * reverse the direction of writing, zero-width marks, lone surrogates.
 */
const risky = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]/gu;
const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * The text with every control and direction character shown as an escape (`\n`, `\u001b`), so that untrusted text printed on a terminal
 * can neither move the cursor nor add lines nor hide what it says.
 */
export function escapeControlCharacters(text: string): string {
  return text.replace(
    risky,
    (character) => shortForms[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
