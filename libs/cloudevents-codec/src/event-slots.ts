import type { AttributeValue, EventView, SpecVersion } from './event-view.ts';

/** Text, or its UTF-8 bytes that nobody has asked for yet. */
export type LazyText = string | Buffer;

/** From this many extensions on they are found through a map: a hostile message may carry thousands. */
const indexedFrom = 16;

/**
 * The view behind every reader: one slot per context attribute, extensions in two parallel lists. The readers fill it in one
 * pass and hand it out as an {@link EventView}; nothing changes it afterwards, save that bytes become text when first read.
 */
export class EventSlots implements EventView {
  specVersion: SpecVersion = '1.0';
  data: Buffer | null = null;
  idSlot: LazyText = '';
  sourceSlot: LazyText = '';
  typeSlot: LazyText = '';
  contentTypeSlot: LazyText | undefined = undefined;
  /** `dataschema`, or `schemaurl` when the version is 0.3. */
  schemaSlot: LazyText | undefined = undefined;
  subjectSlot: LazyText | undefined = undefined;
  timeSlot: LazyText | undefined = undefined;
  readonly extensionNames: string[] = [];
  readonly extensionSlots: (AttributeValue | Buffer)[] = [];
  #extensionIndex: Map<string, number> | undefined = undefined;

  get id(): string {
    return typeof this.idSlot === 'string' ? this.idSlot : (this.idSlot = this.idSlot.toString());
  }

  get source(): string {
    return typeof this.sourceSlot === 'string' ? this.sourceSlot : (this.sourceSlot = this.sourceSlot.toString());
  }

  get type(): string {
    return typeof this.typeSlot === 'string' ? this.typeSlot : (this.typeSlot = this.typeSlot.toString());
  }

  get contentType(): string | undefined {
    const slot = this.contentTypeSlot;
    return typeof slot === 'object' ? (this.contentTypeSlot = slot.toString()) : slot;
  }

  get schema(): string | undefined {
    const slot = this.schemaSlot;
    return typeof slot === 'object' ? (this.schemaSlot = slot.toString()) : slot;
  }

  get subject(): string | undefined {
    const slot = this.subjectSlot;
    return typeof slot === 'object' ? (this.subjectSlot = slot.toString()) : slot;
  }

  get time(): string | undefined {
    const slot = this.timeSlot;
    return typeof slot === 'object' ? (this.timeSlot = slot.toString()) : slot;
  }

  /** The name under which {@link schema} goes. */
  get schemaName(): 'dataschema' | 'schemaurl' {
    return this.specVersion === '1.0' ? 'dataschema' : 'schemaurl';
  }

  attribute(name: string): AttributeValue | undefined {
    switch (name) {
      case 'type':
        return this.type;
      case 'source':
        return this.source;
      case 'id':
        return this.id;
      case 'subject':
        return this.subject;
      case 'specversion':
        return this.specVersion;
      case 'time':
        return this.time;
      case 'datacontenttype':
        return this.contentType;
      case this.schemaName:
        return this.schema;
      default: {
        const at = this.#extensionAt(name);
        return at === -1 ? undefined : this.extension(at);
      }
    }
  }

  /** The value of the extension at a position of {@link extensionNames}. */
  extension(at: number): AttributeValue {
    const slot = this.extensionSlots[at] ?? '';
    return typeof slot === 'object' ? (this.extensionSlots[at] = slot.toString()) : slot;
  }

  *attributes(): Generator<readonly [name: string, value: AttributeValue]> {
    yield ['specversion', this.specVersion];
    yield ['id', this.id];
    yield ['source', this.source];
    yield ['type', this.type];
    if (this.contentType !== undefined) yield ['datacontenttype', this.contentType];
    if (this.schema !== undefined) yield [this.schemaName, this.schema];
    if (this.subject !== undefined) yield ['subject', this.subject];
    if (this.time !== undefined) yield ['time', this.time];
    for (const [at, name] of this.extensionNames.entries()) yield [name, this.extension(at)];
  }

  /** For readers: adds an extension, or replaces the one of that name. */
  setExtension(name: string, value: AttributeValue | Buffer): void {
    const at = this.#extensionAt(name);
    if (at !== -1) {
      this.extensionSlots[at] = value;
      return;
    }
    this.#extensionIndex?.set(name, this.extensionNames.length);
    this.extensionNames.push(name);
    this.extensionSlots.push(value);
  }

  /** For readers: takes an extension away, if it is there. */
  removeExtension(name: string): void {
    const at = this.#extensionAt(name);
    if (at === -1) return;
    this.extensionNames.splice(at, 1);
    this.extensionSlots.splice(at, 1);
    this.#extensionIndex = undefined;
  }

  /** An event of its own that may be changed; data and undecoded bytes are shared. */
  copy(): EventSlots {
    const copy = new EventSlots();
    copy.specVersion = this.specVersion;
    copy.data = this.data;
    copy.idSlot = this.idSlot;
    copy.sourceSlot = this.sourceSlot;
    copy.typeSlot = this.typeSlot;
    copy.contentTypeSlot = this.contentTypeSlot;
    copy.schemaSlot = this.schemaSlot;
    copy.subjectSlot = this.subjectSlot;
    copy.timeSlot = this.timeSlot;
    for (let at = 0; at < this.extensionNames.length; at++) {
      copy.extensionNames.push(this.extensionNames[at] ?? '');
      copy.extensionSlots.push(this.extensionSlots[at] ?? '');
    }
    return copy;
  }

  #extensionAt(name: string): number {
    if (this.extensionNames.length < indexedFrom) return this.extensionNames.indexOf(name);
    this.#extensionIndex ??= new Map(this.extensionNames.map((known, at) => [known, at]));
    return this.#extensionIndex.get(name) ?? -1;
  }
}

/** The slots of any view: itself when it came from this library, else a copy of what the view says. */
export function slotsOf(event: EventView): EventSlots {
  return event instanceof EventSlots ? event : slotsOfForeign(event);
}

function slotsOfForeign(event: EventView): EventSlots {
  const slots = new EventSlots();
  slots.specVersion = event.specVersion;
  slots.data = event.data;
  slots.idSlot = event.id;
  slots.sourceSlot = event.source;
  slots.typeSlot = event.type;
  for (const [name, value] of event.attributes()) {
    switch (name) {
      case 'specversion':
      case 'id':
      case 'source':
      case 'type':
        break;
      case 'datacontenttype':
        slots.contentTypeSlot = String(value);
        break;
      case slots.schemaName:
        slots.schemaSlot = String(value);
        break;
      case 'subject':
        slots.subjectSlot = String(value);
        break;
      case 'time':
        slots.timeSlot = String(value);
        break;
      default:
        slots.setExtension(name, value);
    }
  }
  return slots;
}
