/** Versions of the CloudEvents specification that are read and written. */
export type SpecVersion = '1.0' | '0.3';

/** Value of a context attribute. Numbers are integers; every other type of the specification is carried as its text. */
export type AttributeValue = string | number | boolean;

/**
 * An event as it lies in a request or a record: read lazily, nothing built that nobody asks for. A view shares memory with
 * what it was read from; treat both as immutable.
 */
export interface EventView {
  readonly specVersion: SpecVersion;
  readonly id: string;
  /** A URI reference, as text. */
  readonly source: string;
  readonly type: string;
  /** The bytes of the payload as they arrived; `null` when the event has none, which is not the same as an empty buffer. */
  readonly data: Buffer | null;
  /**
   * One attribute or extension by its lower-case name (`specversion` and `datacontenttype` included), `undefined` when the
   * event does not carry it. Extensions are strings in binary mode; structured JSON keeps booleans and integers.
   */
  attribute(name: string): AttributeValue | undefined;
  /**
   * All of them, `specversion` included, each name once: `specversion`, `id`, `source`, `type`, `datacontenttype`,
   * `dataschema` (`schemaurl` in 0.3), `subject`, `time`, then extensions.
   */
  attributes(): Iterable<readonly [name: string, value: AttributeValue]>;
}

/** How an event lies in a message: attributes as headers (`binary`), or the whole event as one JSON text (`structured`). */
export type ContentMode = 'binary' | 'structured';
