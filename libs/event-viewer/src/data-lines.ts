import { formatJson, type BoundedLines } from './format-json.ts';

/** How much of an event's data is shown. */
const maxLines = 40;
const maxLineLength = 160;
/** Bytes looked at; more would not fit the lines anyway. */
const maxTextBytes = 64 * 1024;
const maxHexBytes = 64;

/** The payload for reading: JSON laid out, text as it is, anything else as hexadecimal digits; bounded, each line still to be escaped. */
export function dataLines(data: Buffer, contentType: string | undefined): readonly string[] {
  const text = textOf(data);
  if (text === undefined) return hexLines(data);
  const isCutShort = data.length > maxTextBytes;
  const { lines, isCut } = isJson(contentType, text) ? formatJson(text, maxLines) : plainLines(text);
  const shown = lines.map((line) => (line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line));
  return isCut || isCutShort ? [...shown, `… (the whole is ${data.length} bytes)`] : shown;
}

function isJson(contentType: string | undefined, text: string): boolean {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType === '') return /^\s*[{[]/.test(text);
  return /^(?:application|text)\/json$|\+json$/.test(mediaType);
}

/** The beginning as text; undefined when it is none. */
function textOf(data: Buffer): string | undefined {
  try {
    // A stream may end within a character, as the cut may.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(0, maxTextBytes), {
      stream: data.length > maxTextBytes,
    });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function plainLines(text: string): BoundedLines {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return { lines: lines.slice(0, maxLines), isCut: lines.length > maxLines };
}

function hexLines(data: Buffer): readonly string[] {
  const digits = data
    .subarray(0, maxHexBytes)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
  return data.length > maxHexBytes ? [`${digits} …`] : [digits];
}
