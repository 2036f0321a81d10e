import { utcTimeText } from './utc-time-text.ts';

/** Value of a context attribute or extension. Context attributes are text; `time` as it was sent. */
export type AttributeValue = string | number | boolean;

/** What a filter looks at: the context attributes and extensions of an event, never its data. */
export interface EventAttributes {
  /** Value of the attribute of this (lower-case) name, `datacontenttype` included; `undefined` if the event has none. */
  attribute(name: string): AttributeValue | undefined;
}

/** How the text of an attribute is found: most are what the event says, two need more. */
export type AttributeReader = (event: EventAttributes, name: string) => string | undefined;

/**
 * The reader for an attribute in exact, prefix and suffix filters. `time` is compared as UTC text; `schemaurl`, its name in
 * CloudEvents 0.3, and `dataschema` are the same attribute.
 */
export function attributeReader(name: string): AttributeReader {
  if (name === 'time') return readTime;
  if (name === 'dataschema' || name === 'schemaurl') return readSchema;
  return readText;
}

function readText(event: EventAttributes, name: string): string | undefined {
  const value = event.attribute(name);
  return typeof value === 'string' || value === undefined ? value : String(value);
}

function readTime(event: EventAttributes): string | undefined {
  const text = readText(event, 'time');
  return text === undefined ? undefined : utcTimeText(text);
}

function readSchema(event: EventAttributes): string | undefined {
  return readText(event, 'dataschema') ?? readText(event, 'schemaurl');
}
