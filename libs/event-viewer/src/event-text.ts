import type { EventView } from '@eventing-kafka/cloudevents-codec';
import { escapeControlCharacters } from '@eventing-kafka/logging';
import { dataLines } from './data-lines.ts';
import { deadLetterNote } from './dead-letter-note.ts';

/** What is told of one event beside itself. */
export interface Arrival {
  readonly viewer: string;
  readonly time: Date;
  /** The answer its sender gets. */
  readonly statusCode: number;
}

const coreNames = ['type', 'source', 'id', 'subject', 'time', 'dataschema', 'schemaurl'];
/** Shown elsewhere (with the data, in the note of a dead letter), or not worth a line. */
const otherNames = new Set(['specversion', 'datacontenttype', 'knativeerrordata']);
const maxValueLength = 300;

/** Paints text, or leaves it as it is. */
type Paint = (color: keyof typeof colorCodes, text: string) => string;
const colorCodes = { viewer: '1;36', name: '90', type: '1', key: '36', failed: '1;31' } as const;

/**
 * An event as a block of lines for people: a line with the time and the viewer, the attributes, what the extensions of a dead letter mean, the data.
 * Nothing in it can act on a terminal: everything of the event is escaped.
 */
export function eventText(event: EventView, { viewer, time, statusCode }: Arrival, colors: boolean): string {
  const paint = painter(colors);
  const note = deadLetterNote(event);
  const heading = `${clock(time)}  ${paint('viewer', viewer)}${note === undefined ? '' : `  ${paint('failed', 'dead letter')}`}`;
  const rows: [name: string, value: string][] = [];
  for (const name of coreNames) {
    const value = event.attribute(name);
    if (value !== undefined) rows.push([name, shownValue(value)]);
  }
  for (const [name, value] of event.attributes()) {
    if (!coreNames.includes(name) && !otherNames.has(name)) rows.push([name, shownValue(value)]);
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  const attributes = rows.map(([name, value]) => {
    const label = paint('name', name.padEnd(width));
    return `  ${label}  ${name === 'type' ? paint('type', value) : value}`;
  });
  const notes: string[] = [];
  if (note !== undefined) notes.push(`  ${paint('failed', escapeControlCharacters(note))}`);
  if (statusCode >= 300) notes.push(`  ${paint('failed', `answered ${statusCode}, as asked for in the path`)}`);
  return [heading, ...attributes, ...notes, ...payload(event, paint), '', ''].join('\n');
}

/** One line about a request that was refused. */
export function refusalText(reason: string, { viewer, time, statusCode }: Arrival, colors: boolean): string {
  const paint = painter(colors);
  return `${clock(time)}  ${paint('viewer', viewer)}  ${paint('failed', `refused with ${statusCode}`)}: ${escapeControlCharacters(reason)}\n\n`;
}

function payload(event: EventView, paint: Paint): readonly string[] {
  const contentType = event.attribute('datacontenttype');
  const { data } = event;
  if (data === null) return [paint('name', '  no data')];
  const kind = typeof contentType === 'string' ? `${shownValue(contentType)}, ` : '';
  const lines = dataLines(data, typeof contentType === 'string' ? contentType : undefined).map((line) => {
    const [, indent = '', key, rest = ''] = /^(\s*)("(?:[^"\\]|\\.)*")(: .*)$/.exec(line) ?? [];
    if (key === undefined) return `    ${escapeControlCharacters(line)}`;
    return `    ${indent}${paint('key', escapeControlCharacters(key))}${escapeControlCharacters(rest)}`;
  });
  return [paint('name', `  data (${kind}${data.length} bytes)`), ...lines];
}

function shownValue(value: string | number | boolean): string {
  const text = String(value);
  return escapeControlCharacters(text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text);
}

function painter(colors: boolean): Paint {
  return (color, text) => (colors ? `\u001b[${colorCodes[color]}m${text}\u001b[0m` : text);
}

function clock(time: Date): string {
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
