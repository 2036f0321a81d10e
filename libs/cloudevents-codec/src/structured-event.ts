import { isAttributeName } from './attribute-name.ts';
import {
  checkedNonEmpty,
  checkedSpecVersion,
  checkedTime,
  checkedUriReference,
  invalidAttribute,
  invalidName,
  missingAttribute,
} from './attribute-checks.ts';
import { decodeBase64 } from './base64.ts';
import { CodecError, shown, shownJson } from './codec-error.ts';
import { EventSlots } from './event-slots.ts';
import type { AttributeValue } from './event-view.ts';
import {
  compactJson,
  describeJsonFailure,
  endOfJsonKey,
  endOfJsonString,
  endOfJsonValue,
  maxJsonDepth,
  skipJsonBlanks,
} from './json-scanner.ts';
import { utf8OfJsonText } from './json-text.ts';
import { isJsonContentType } from './media-type.ts';
import type { ReadingRules } from './reading-rules.ts';

/** A member's value as it lies in the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const knownNames = [
  'specversion',
  'id',
  'source',
  'type',
  'datacontenttype',
  'dataschema',
  'schemaurl',
  'subject',
  'time',
  'datacontentencoding',
  'data',
  'data_base64',
] as const;

type KnownName = (typeof knownNames)[number];

/** The members that are not simply extensions. A map finds them faster than comparing with each. */
const knownIndexes: ReadonlyMap<string, number> = new Map(knownNames.map((name, index) => [name, index]));

/**
 * Reads an event in the JSON event format. Members are found as spans of the text, so that JSON `data` is handed on as the
 * very bytes between its first and last character (receiver.md F-18).
 */
export function readStructuredEvent(body: Buffer, rules: ReadingRules): EventSlots {
  if (body.length === 0) throw new CodecError('EVENT_INVALID_JSON', 'the body is empty, expected a JSON object');
  return readEventObject(utf8OfJsonText(body), rules, 'the body');
}

/** The event of one JSON object, in UTF-8 without byte order mark; `what` is what messages call these bytes. */
export function readEventObject(bytes: Buffer, rules: ReadingRules, what: string): EventSlots {
  return new StructuredReader(bytes, rules, what).read();
}

class StructuredReader {
  readonly #bytes: Buffer;
  readonly #rules: ReadingRules;
  readonly #what: string;
  readonly #slots = new EventSlots();
  /** By position in {@link knownNames}; the last of equal names wins (receiver.md 5.3). */
  readonly #known: (Span | undefined)[] = knownNames.map(() => undefined);

  constructor(bytes: Buffer, rules: ReadingRules, what: string) {
    this.#bytes = bytes;
    this.#rules = rules;
    this.#what = what;
  }

  read(): EventSlots {
    this.#readMembers();
    const slots = this.#slots;
    slots.specVersion = checkedSpecVersion('member "specversion"', this.#required('specversion'));
    slots.idSlot = this.#nonEmpty('id', this.#required('id'));
    slots.sourceSlot = checkedUriReference('member "source"', this.#nonEmpty('source', this.#required('source')));
    slots.typeSlot = this.#nonEmpty('type', this.#required('type'));
    slots.contentTypeSlot = this.#optional('datacontenttype');
    const subject = this.#optional('subject');
    if (subject !== undefined) slots.subjectSlot = this.#nonEmpty('subject', subject);
    const time = this.#optional('time');
    if (time !== undefined) slots.timeSlot = checkedTime('member "time"', time);
    const schema = this.#optional(slots.schemaName);
    if (schema !== undefined) {
      slots.schemaSlot = checkedUriReference(`member "${slots.schemaName}"`, this.#nonEmpty(slots.schemaName, schema));
    }
    const otherSchemaName = slots.schemaName === 'dataschema' ? 'schemaurl' : 'dataschema';
    this.#addExtension(otherSchemaName, this.#span(otherSchemaName));
    slots.data = this.#data();
    return slots;
  }

  #readMembers(): void {
    const bytes = this.#bytes;
    let at = skipJsonBlanks(bytes, 0);
    if (bytes[at] !== 0x7b) {
      throw new CodecError(
        'EVENT_INVALID_JSON',
        `${this.#what} is not a JSON object: ${describeJsonFailure(bytes, ~at)}`,
      );
    }
    at = skipJsonBlanks(bytes, at + 1);
    if (bytes[at] === 0x7d) {
      at++;
    } else {
      for (;;) {
        const keyStart = at;
        const valueStart = skipJsonBlanks(bytes, this.#sound(endOfJsonKey(bytes, keyStart)));
        const valueEnd = this.#sound(endOfJsonValue(bytes, valueStart, maxJsonDepth - 1));
        this.#addMember(keyStart, { start: valueStart, end: valueEnd });
        at = skipJsonBlanks(bytes, valueEnd);
        if (bytes[at] === 0x7d) break;
        if (bytes[at] !== 0x2c) this.#sound(~at);
        at = skipJsonBlanks(bytes, at + 1);
      }
      at++;
    }
    const rest = skipJsonBlanks(bytes, at);
    if (rest < bytes.length && !this.#rules.trailingText) {
      throw new CodecError('EVENT_INVALID_JSON', `${this.#what} goes on after its JSON object, at byte ${rest}`);
    }
  }

  #sound(end: number): number {
    if (end >= 0) return end;
    throw new CodecError('EVENT_INVALID_JSON', `${this.#what} is not JSON: ${describeJsonFailure(this.#bytes, end)}`);
  }

  #addMember(keyStart: number, value: Span): void {
    const name = this.#string(keyStart, endOfJsonString(this.#bytes, keyStart));
    const index = knownIndexes.get(name);
    if (index === undefined) this.#addExtension(name, value);
    else this.#known[index] = value;
  }

  #span(name: KnownName): Span | undefined {
    return this.#known[knownIndexes.get(name) ?? -1];
  }

  #addExtension(name: string, span: Span | undefined): void {
    if (span === undefined) return;
    if (!isAttributeName(name)) throw invalidName(name);
    const value = this.#extensionValue(name, span);
    if (value === undefined) this.#slots.removeExtension(name);
    else this.#slots.setExtension(name, value);
  }

  /** Null is the same as absent (CloudEvents JSON format 2.2). */
  #extensionValue(name: string, span: Span): AttributeValue | undefined {
    switch (this.#bytes[span.start]) {
      case 0x22:
        return this.#text(name, span);
      case 0x74:
        return true;
      case 0x66:
        return false;
      case 0x6e:
        return undefined;
      case 0x7b:
      case 0x5b:
        if (this.#rules.jsonExtensions) return compactJson(this.#bytes, span.start, span.end);
        throw invalidMember(name, this.#source(span), 'a string, a boolean or an integer');
      default: {
        const source = this.#source(span);
        const number = Number(source);
        if (/^-?\d+$/.test(source) && number === (number | 0)) return number | 0;
        throw invalidMember(name, source, 'an integer from -2147483648 to 2147483647, or a string');
      }
    }
  }

  #required(name: 'specversion' | 'id' | 'source' | 'type'): string {
    const value = this.#optional(name);
    if (value === undefined) throw missingAttribute(`member "${name}"`);
    return value;
  }

  #optional(name: Exclude<KnownName, 'data' | 'data_base64'>): string | undefined {
    const span = this.#span(name);
    if (span === undefined || this.#bytes[span.start] === 0x6e) return undefined;
    if (this.#bytes[span.start] === 0x22) return this.#text(name, span);
    throw invalidMember(name, this.#source(span), 'a JSON string');
  }

  #nonEmpty(name: string, value: string): string {
    return this.#rules.emptyValues ? value : checkedNonEmpty(`member "${name}"`, value);
  }

  #data(): Buffer | null {
    const data = this.#span('data');
    const base64 = this.#span('data_base64');
    const encoding = this.#slots.specVersion === '0.3' ? this.#optional('datacontentencoding') : undefined;
    if (this.#slots.specVersion === '1.0') this.#addExtension('datacontentencoding', this.#span('datacontentencoding'));
    const encodedInData = encoding?.toLowerCase() === 'base64';
    if (encoding !== undefined && !encodedInData) {
      if (!this.#rules.otherEncodings) throw invalidAttribute('member "datacontentencoding"', encoding, '"base64"');
      this.#slots.setExtension('datacontentencoding', encoding);
    }
    if (base64 !== undefined) {
      if (data === undefined) return this.#base64('data_base64', base64);
      throw new CodecError(
        'EVENT_INVALID_DATA',
        'members "data" and "data_base64" are both present, expected one of them',
      );
    }
    if (data === undefined) return null;
    const contentType = this.#slots.contentType;
    this.#slots.contentTypeSlot ??= 'application/json';
    if (encodedInData) return this.#base64('data', data);
    if (isJsonContentType(contentType)) return this.#bytes.subarray(data.start, data.end);
    if (this.#bytes[data.start] !== 0x22) {
      throw new CodecError(
        'EVENT_INVALID_DATA',
        `member "data" is ${shownJson(this.#source(data))}, expected a JSON string as "datacontenttype" is ${shown(contentType ?? '')}`,
      );
    }
    const content = this.#bytes.subarray(data.start + 1, data.end - 1);
    if (!content.includes(0x5c)) return content;
    const text = this.#string(data.start, data.end);
    if (!text.isWellFormed() && !this.#rules.loneSurrogates) {
      throw new CodecError('EVENT_INVALID_DATA', 'member "data" holds a lone surrogate, which UTF-8 cannot carry');
    }
    return Buffer.from(text);
  }

  #base64(name: string, span: Span): Buffer {
    const text = this.#bytes[span.start] === 0x22 ? this.#string(span.start, span.end) : undefined;
    const decoded = text === undefined ? undefined : decodeBase64(text);
    if (decoded !== undefined) return decoded;
    throw new CodecError(
      'EVENT_INVALID_DATA',
      `member "${name}" is ${text === undefined ? shownJson(this.#source(span)) : shown(text)}, expected a string in padded base64 (RFC 4648, section 4)`,
    );
  }

  /** The text of an attribute. */
  #text(name: string, span: Span): string {
    const text = this.#string(span.start, span.end);
    if (!this.#rules.nul && text.includes('\0')) throw invalidAttribute(`member "${name}"`, text, 'text without NUL');
    if (text.isWellFormed()) return text;
    if (this.#rules.loneSurrogates) return text.toWellFormed();
    throw invalidAttribute(`member "${name}"`, text, 'text without lone surrogates');
  }

  /** The value of the JSON string between two positions. */
  #string(start: number, end: number): string {
    const raw = this.#bytes.toString('utf8', start + 1, end - 1);
    return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  /** The beginning of a value, for messages. */
  #source(span: Span): string {
    return this.#bytes.toString('utf8', span.start, Math.min(span.end, span.start + 1002));
  }
}

/** A member of which the JSON value is of no use as an attribute, whatever it says. */
function invalidMember(name: string, source: string, expected: string): CodecError {
  return new CodecError('EVENT_INVALID_ATTRIBUTE', `member "${name}" is ${shownJson(source)}, expected ${expected}`);
}
