import { isAttributeName, isContextAttribute } from './attribute-name.ts';
import { invalidAttribute, invalidName } from './attribute-checks.ts';
import { CodecError } from './codec-error.ts';
import { slotsOf } from './event-slots.ts';
import type { AttributeValue, EventView } from './event-view.ts';
import { isUriReference } from './uri-reference.ts';

/**
 * The event with some extensions added, replaced or, where the value is `undefined`, removed; the given event stays as it is
 * and shares its data. Numbers must be integers that a double holds exactly.
 *
 * Throws a {@link CodecError}: `EVENT_INVALID_NAME` for a name that is not `a`–`z`, `0`–`9` or that is a context attribute
 * (dispatcher.md 2: an override never replaces those), `EVENT_INVALID_ATTRIBUTE` for a number that is no such integer.
 */
export function withExtensions(
  event: EventView,
  extensions: Readonly<Record<string, AttributeValue | undefined>>,
): EventView {
  const slots = slotsOf(event).copy();
  for (const [name, value] of Object.entries(extensions)) {
    if (!isAttributeName(name)) throw invalidName(name);
    if (isContextAttribute(name)) {
      throw new CodecError('EVENT_INVALID_NAME', `"${name}" is a context attribute, expected the name of an extension`);
    }
    if (value === undefined) {
      slots.removeExtension(name);
    } else if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw invalidAttribute(`extension "${name}"`, String(value), 'an integer');
    } else {
      slots.setExtension(name, typeof value === 'string' ? value.toWellFormed() : value);
    }
  }
  return slots;
}

/**
 * The event as one of version 1.0: itself if it is one, else a copy where `schemaurl` became `dataschema` (dispatcher.md 11,
 * dead letters). An extension of 0.3 that is named as an attribute of 1.0 yields to that attribute.
 */
export function toSpecVersion1(event: EventView): EventView {
  if (event.specVersion === '1.0') return event;
  const slots = slotsOf(event).copy();
  slots.specVersion = '1.0';
  const dataSchema = slots.extensionNames.indexOf('dataschema');
  if (dataSchema !== -1) {
    const value = String(slots.extension(dataSchema));
    if (slots.schemaSlot === undefined && isUriReference(value)) slots.schemaSlot = value;
    slots.removeExtension('dataschema');
  }
  return slots;
}
