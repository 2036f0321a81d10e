import type { EventSlots } from './event-slots.ts';
import { isJsonText } from './json-text.ts';
import { maxJsonDepth } from './json-scanner.ts';
import { isJsonContentType } from './media-type.ts';

const closingBrace = Buffer.from('}');
const pairs = /[\ud800-\udbff][\udc00-\udfff]/;
const surrogate = /[\ud800-\udfff]/g;

/**
 * The event in the JSON event format, members in the order of receiver.md 6.2. Data that is JSON, by its content type and in
 * fact, is copied byte for byte as `data`; all other data goes as base64 (F-17), so that a reader gets equal bytes. The event
 * must be one that {@link fitsStructuredMode}.
 */
export function structuredJson(slots: EventSlots): Buffer {
  let json = `{"specversion":"${slots.specVersion}","id":${quoted(slots.id)},"source":${quoted(slots.source)},"type":${quoted(slots.type)}`;
  const { contentType, schema, subject, time, data } = slots;
  if (contentType !== undefined) json += `,"datacontenttype":${quoted(contentType)}`;
  if (schema !== undefined) json += `,"${slots.schemaName}":${quoted(schema)}`;
  if (subject !== undefined) json += `,"subject":${quoted(subject)}`;
  if (time !== undefined) json += `,"time":${quoted(time)}`;
  for (let at = 0; at < slots.extensionNames.length; at++) {
    const value = slots.extension(at);
    // CloudEvents integers have 32 bits: a larger number would make an event that readers refuse.
    const bare = typeof value === 'boolean' || (typeof value === 'number' && value === (value | 0));
    json += `,"${slots.extensionNames[at] ?? ''}":${bare ? value : quoted(String(value))}`;
  }
  if (data === null) return Buffer.from(`${json}}`);
  if (isJsonContentType(contentType) && isJsonText(data, maxJsonDepth - 1)) {
    return Buffer.concat([Buffer.from(`${json},"data":`), data, closingBrace]);
  }
  const member = slots.specVersion === '1.0' ? '"data_base64":"' : '"datacontentencoding":"base64","data":"';
  return Buffer.from(`${json},${member}${data.toString('base64')}"}`);
}

/** Whether every attribute has a member of its own: an extension `data`, or a second encoding in 0.3, would collide. */
export function fitsStructuredMode(slots: EventSlots): boolean {
  const names = slots.extensionNames;
  return !names.includes('data') && (slots.specVersion === '1.0' || !names.includes('datacontentencoding'));
}

/** Characters beyond U+FFFF as two escapes, as upstream writes them. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  if (!pairs.test(json)) return json;
  return json.replace(surrogate, (half) => `\\u${half.charCodeAt(0).toString(16).toUpperCase()}`);
}
