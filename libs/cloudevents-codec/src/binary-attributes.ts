import { isAttributeName } from './attribute-name.ts';
import {
  checkedNonEmpty,
  checkedTime,
  checkedUriReference,
  invalidAttribute,
  invalidName,
  missingAttribute,
} from './attribute-checks.ts';
import { EventSlots } from './event-slots.ts';
import type { LazyText } from './event-slots.ts';
import type { SpecVersion } from './event-view.ts';
import type { ReadingRules } from './reading-rules.ts';

/**
 * Collects the attributes of a message in binary mode, header by header: the last of equal names wins. Values stay bytes
 * until somebody asks, except those that have a form to check.
 */
export class BinaryAttributes {
  readonly #slots = new EventSlots();
  readonly #rules: ReadingRules;
  readonly #schemaName: string;
  #hasId = false;
  #hasSource = false;
  #hasType = false;

  constructor(specVersion: SpecVersion, data: Buffer | null, rules: ReadingRules) {
    this.#slots.specVersion = specVersion;
    this.#slots.data = data;
    this.#schemaName = this.#slots.schemaName;
    this.#rules = rules;
  }

  /** Whether the attribute of this (lower-case) name is a URI reference in the version at hand. */
  isUri(name: string): boolean {
    return name === 'source' || name === this.#schemaName;
  }

  /** Takes a content type, which is the attribute `datacontenttype` without being named so. */
  setContentType(value: LazyText): void {
    this.#slots.contentTypeSlot = value;
  }

  /** Takes an attribute; `header` is the header's whole name, for messages. `specversion` is known already and passed over. */
  add(name: string, header: string, value: LazyText): void {
    const slots = this.#slots;
    switch (name) {
      case 'specversion':
        return;
      case 'id':
        slots.idSlot = this.#filled(header, value);
        this.#hasId = true;
        return;
      case 'source':
        slots.sourceSlot = this.#uriReference(header, value);
        this.#hasSource = true;
        return;
      case 'type':
        slots.typeSlot = this.#filled(header, value);
        this.#hasType = true;
        return;
      case 'subject':
        slots.subjectSlot = this.#filled(header, value);
        return;
      case 'time':
        slots.timeSlot = checkedTime(`header "${header}"`, value.toString());
        return;
      case 'datacontenttype':
        slots.contentTypeSlot = value;
        return;
      case this.#schemaName:
        slots.schemaSlot = this.#uriReference(header, value);
        return;
      case 'datacontentencoding':
        if (slots.specVersion === '0.3') {
          this.#addEncoding(header, value.toString());
          return;
        }
        break;
    }
    if (!isAttributeName(name)) throw invalidName(header);
    slots.setExtension(name, value);
  }

  /** The event, once every header was added; `prefix` is what attributes begin with in the message, for messages. */
  finish(prefix: 'ce-' | 'ce_'): EventSlots {
    if (this.#hasId && this.#hasSource && this.#hasType) return this.#slots;
    const missing = this.#hasId ? (this.#hasSource ? 'type' : 'source') : 'id';
    throw missingAttribute(`header "${prefix}${missing}"`);
  }

  /** The body is the data in binary mode, so that base64 has nothing left to say (receiver.md D-21). */
  #addEncoding(header: string, value: string): void {
    if (value.toLowerCase() === 'base64') return;
    if (!this.#rules.otherEncodings) throw invalidAttribute(`header "${header}"`, value, '"base64"');
    this.#slots.setExtension('datacontentencoding', value);
  }

  #filled(header: string, value: LazyText): LazyText {
    return this.#rules.emptyValues || value.length > 0 ? value : checkedNonEmpty(`header "${header}"`, '');
  }

  #uriReference(header: string, value: LazyText): string {
    return checkedUriReference(`header "${header}"`, this.#filled(header, value).toString());
  }
}
