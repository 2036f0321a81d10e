import { isSecretName, redacted, withoutSecrets } from './secret-text.ts';

/** A value as it stands in a log line: plain, finite, without secrets. */
export type Loggable = string | number | boolean | null | readonly Loggable[] | { readonly [name: string]: Loggable };

/** How much of a value one line shows. */
export interface LoggableLimits {
  /** Characters of one text. */
  readonly maxTextLength: number;
  /** Elements of one list, fields of one object. */
  readonly maxItems: number;
  /** Objects within objects. */
  readonly maxDepth: number;
  /** Values of one line altogether. */
  readonly maxValues: number;
  /** Characters of all texts of one line altogether. */
  readonly maxTotalTextLength: number;
}

/** Enough for any field we write ourselves; a line stays below 200 KiB whatever it is given. */
export const defaultLoggableLimits: LoggableLimits = {
  maxTextLength: 4096,
  maxItems: 100,
  maxDepth: 6,
  maxValues: 500,
  maxTotalTextLength: 64 * 1024,
};

interface Walk {
  readonly limits: LoggableLimits;
  readonly above: Set<object>;
  values: number;
  textLeft: number;
}

/**
 * The fields of a line as plain data. Never throws: a getter that does, a cycle, a proxy, a value too long or too deep are each replaced by a short
 * note in brackets. Errors become `{ name, code, message, cause }` with their own fields, and a `stack` when they carry no code of
 * ours and so were not expected. Bytes are never shown, only counted.
 */
export function loggableFields(
  fields: Readonly<Record<string, unknown>>,
  limits: LoggableLimits = defaultLoggableLimits,
): Record<string, Loggable> {
  return ownFields(fields, { limits, above: new Set([fields]), values: 0, textLeft: limits.maxTotalTextLength }, 0);
}

function loggable(value: unknown, walk: Walk, depth: number): Loggable | undefined {
  walk.values += 1;
  if (value === null) return null;
  switch (typeof value) {
    case 'string':
      return text(value, walk);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return text(value.toString(), walk);
    case 'symbol':
      return text(value.toString(), walk);
    case 'function':
      return '[function]';
    case 'object':
      return guarded(() => objectValue(value, walk, depth));
    default:
      return undefined;
  }
}

function objectValue(value: object, walk: Walk, depth: number): Loggable | undefined {
  if (walk.above.has(value)) return '[circular]';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= walk.limits.maxDepth) return Array.isArray(value) ? '[array]' : '[object]';
  walk.above.add(value);
  try {
    if (isError(value)) return errorFields(value, walk, depth);
    if (Array.isArray(value)) return list(value, value.length, walk, depth);
    if (value instanceof Set) return list(value, value.size, walk, depth);
    if (value instanceof Map) return mapFields(value, walk, depth);
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson === 'function') return loggable(Reflect.apply(toJson, value, []), walk, depth + 1);
    return ownFields(value, walk, depth + 1);
  } finally {
    walk.above.delete(value);
  }
}

function ownFields(value: object, walk: Walk, depth: number): Record<string, Loggable> {
  const fields = emptyFields();
  let names: readonly string[];
  try {
    names = Object.keys(value);
  } catch {
    return fields;
  }
  for (const [index, name] of names.entries()) {
    if (isFull(index, walk)) {
      fields['…'] = `[${names.length - index} more]`;
      break;
    }
    addField(fields, name, () => Reflect.get(value, name), walk, depth);
  }
  return fields;
}

function addField(
  fields: Record<string, Loggable>,
  name: string,
  read: () => unknown,
  walk: Walk,
  depth: number,
): void {
  const shownName = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  const shown = guarded(() => {
    const value = read();
    // An absent secret is worth knowing; a present one is not shown, whatever its type.
    if (isSecretName(name) && value !== undefined && value !== null && value !== '' && typeof value !== 'boolean') {
      return redacted;
    }
    return loggable(value, walk, depth);
  });
  if (shown !== undefined) fields[shownName] = shown;
}

function mapFields(map: ReadonlyMap<unknown, unknown>, walk: Walk, depth: number): Record<string, Loggable> {
  const fields = emptyFields();
  let index = 0;
  for (const [key, value] of map) {
    if (isFull(index, walk)) {
      fields['…'] = `[${map.size - index} more]`;
      break;
    }
    const name = typeof key === 'object' && key !== null ? `[key ${index}]` : String(key);
    addField(fields, name, () => value, walk, depth + 1);
    index += 1;
  }
  return fields;
}

function list(items: Iterable<unknown>, size: number, walk: Walk, depth: number): Loggable[] {
  const shown: Loggable[] = [];
  for (const item of items) {
    if (isFull(shown.length, walk)) {
      shown.push(`[${size - shown.length} more]`);
      break;
    }
    shown.push(guarded(() => loggable(item, walk, depth + 1)) ?? null);
  }
  return shown;
}

function errorFields(error: Error, walk: Walk, depth: number): Record<string, Loggable> {
  const fields = emptyFields();
  for (const name of ['name', 'code', 'message'] as const) {
    addField(fields, name, () => Reflect.get(error, name), walk, depth + 1);
  }
  for (const name of Object.keys(error)) {
    if (name in fields || name === 'stack' || name === 'cause') continue;
    if (isFull(0, walk)) break;
    addField(fields, name, () => Reflect.get(error, name), walk, depth + 1);
  }
  if (!isExpected(error)) addField(fields, 'stack', () => error.stack, walk, depth + 1);
  for (const name of ['cause', 'errors', 'error', 'suppressed'] as const) {
    if (name in error && !(name in fields)) addField(fields, name, () => Reflect.get(error, name), walk, depth + 1);
  }
  return fields;
}

/**
 * An error with a code somebody gave it was foreseen, such as a status of gRPC; node's own `ERR_…` codes speak of a mistake in a program, and the
 * number that a `DOMException` carries says nothing.
 */
function isExpected(error: Error): boolean {
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'number') return !(error instanceof DOMException);
  return typeof code === 'string' && code !== '' && !code.startsWith('ERR_');
}

function isError(value: object): value is Error {
  // The tag tells errors of another realm.
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

function isFull(index: number, walk: Walk): boolean {
  return index >= walk.limits.maxItems || walk.values >= walk.limits.maxValues;
}

function text(value: string, walk: Walk): string {
  const shown = boundedText(value, Math.min(walk.limits.maxTextLength, walk.textLeft));
  walk.textLeft = Math.max(0, walk.textLeft - shown.length);
  return shown;
}

/** A text without secrets, cut to so many characters with a note of how many there were. */
export function boundedText(value: string, maxLength: number): string {
  // Cut before looking for secrets: the search must not cost more than the line. A margin keeps a cut secret recognisable.
  const safe = withoutSecrets(value.length > maxLength + 256 ? value.slice(0, maxLength + 256) : value);
  if (safe.length <= maxLength && value.length <= maxLength + 256) return safe;
  return `${safe.slice(0, maxLength)}… [${value.length} characters]`;
}

function guarded(read: () => Loggable | undefined): Loggable | undefined {
  try {
    return read();
  } catch {
    return '[unreadable]';
  }
}

/** Without a prototype `__proto__` is a field like any other. */
function emptyFields(): Record<string, Loggable> {
  return Object.create(null) as Record<string, Loggable>;
}
