/**
 * The shape of a value as data, in the manner of a CRD's structural schema. {@link structuralProblems} checks a value against
 * it; {@link pruned} takes out what has no meaning.
 */
export type StructuralSchema =
  | { readonly type: 'text'; readonly nonEmpty?: true; readonly pattern?: RegExp; readonly expected?: string }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'flag' }
  | { readonly type: 'list'; readonly items: () => StructuralSchema; readonly minItems?: number }
  | {
      readonly type: 'map';
      readonly values: () => StructuralSchema;
      readonly name?: RegExp;
      readonly expectedName?: string;
    }
  | { readonly type: 'anything' }
  | {
      readonly type: 'object';
      readonly fields: Readonly<Record<string, StructuralSchema>>;
      readonly required?: readonly string[];
      /** Fields beyond those named are someone else's: kept, and not warned of. */
      readonly open?: true;
      /**
       * What a field is called, where one that is not known is an error: dropping it would turn the object into another one that is
       * right, and means something else.
       */
      readonly strict?: string;
      /** At most one of the fields may be written, and one that is written has a value. Text: what an object without any does. */
      readonly single?: string;
    };

/** Names and indices from the root of an object down to a value. */
export type ValuePath = readonly (string | number)[];

/** One difference between a value and its schema. */
export interface StructuralProblem {
  readonly severity: 'error' | 'warning';
  readonly path: ValuePath;
  readonly message: string;
  readonly expected: string;
  /** The field is not known: it has no effect, or turns the object into another one. */
  readonly unknownField?: true;
}

/** How deep objects may be nested; what lies deeper is refused rather than followed. */
const maxDepth = 64;

/** Every difference between a value and its schema, in the order of the value. A null counts as absent, as in Kubernetes. */
export function structuralProblems(
  schema: StructuralSchema,
  value: unknown,
  path: ValuePath = [],
): readonly StructuralProblem[] {
  const error = (message: string, expected: string): readonly StructuralProblem[] => [
    { severity: 'error', path, message, expected },
  ];
  const wrongType = (expected: string): readonly StructuralProblem[] => error(`is ${describeValue(value)}`, expected);
  if (path.length > maxDepth) return error('is nested too deeply', `at most ${maxDepth} levels`);

  switch (schema.type) {
    case 'anything':
      return [];
    case 'text':
      if (typeof value !== 'string')
        return wrongType(`${schema.expected ?? 'text'}${isScalar(value) ? ', in quotes' : ''}`);
      if (schema.nonEmpty === true && value === '')
        return error('is empty', schema.expected ?? 'text that is not empty');
      if (schema.pattern !== undefined && !schema.pattern.test(value))
        return wrongType(schema.expected ?? `text like ${schema.pattern.source}`);
      return [];
    case 'choice':
      return typeof value === 'string' && schema.values.includes(value) ? [] : wrongType(oneOf(schema.values));
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= schema.min && value <= schema.max
        ? []
        : wrongType(`a whole number from ${schema.min} to ${schema.max}`);
    case 'flag':
      return typeof value === 'boolean' ? [] : wrongType('true or false');
    case 'list': {
      if (!Array.isArray(value)) return wrongType('a list');
      if (value.length < (schema.minItems ?? 0)) return error('is an empty list', 'at least one entry');
      return value.flatMap((item, index) => structuralProblems(schema.items(), item, [...path, index]));
    }
    case 'map': {
      if (!isRecord(value)) return wrongType('a mapping of names to values');
      return Object.entries(value).flatMap(([name, item]) => {
        if (schema.name !== undefined && !schema.name.test(name)) {
          return [
            {
              severity: 'error' as const,
              path: [...path, name],
              message: `has the name "${name}"`,
              expected: schema.expectedName ?? '',
            },
          ];
        }
        return item === null ? [] : structuralProblems(schema.values(), item, [...path, name]);
      });
    }
    case 'object':
      return isRecord(value) ? objectProblems(schema, value, path) : wrongType('a mapping of fields');
  }
}

function objectProblems(
  schema: StructuralSchema & { type: 'object' },
  value: Readonly<Record<string, unknown>>,
  path: ValuePath,
): readonly StructuralProblem[] {
  const problems: StructuralProblem[] = [];
  for (const name of schema.required ?? []) {
    if (value[name] === undefined || value[name] === null) {
      const wanted = schema.fields[name];
      problems.push({
        severity: 'error',
        path: [...path, name],
        message: 'is missing',
        expected: wanted === undefined ? '' : describeSchema(wanted),
      });
    }
  }
  for (const [name, item] of Object.entries(value)) {
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    if (field === undefined) {
      if (schema.open !== true) problems.push(unknownField(schema, name, path));
    } else if (item !== null || schema.single !== undefined) {
      problems.push(...structuralProblems(field, item, [...path, name]));
    }
  }
  if (schema.single !== undefined) problems.push(...singleProblems(schema, schema.single, Object.keys(value), path));
  return problems;
}

function singleProblems(
  schema: StructuralSchema & { type: 'object' },
  whenEmpty: string,
  written: readonly string[],
  path: ValuePath,
): readonly StructuralProblem[] {
  const field = schema.strict ?? 'field';
  if (written.length === 0) {
    return [{ severity: 'warning', path, message: whenEmpty, expected: oneOf(Object.keys(schema.fields)) }];
  }
  const [first = '', ...others] = written.filter((name) => Object.hasOwn(schema.fields, name));
  return others.map((name) => ({
    severity: 'error',
    path: [...path, name],
    message: `is a second ${field} beside "${first}"`,
    expected: `one ${field}; put the other into an entry of its own`,
  }));
}

function unknownField(schema: StructuralSchema & { type: 'object' }, name: string, path: ValuePath): StructuralProblem {
  const known = Object.keys(schema.fields);
  const [meant] = known
    .map((candidate) => ({ candidate, edits: editsBetween(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= (Math.min(name.length, candidate.length) > 5 ? 2 : 1))
    .toSorted((a, b) => a.edits - b.edits);
  if (schema.strict !== undefined) {
    return {
      severity: 'error',
      path: [...path, name],
      message: `is not a ${schema.strict}`,
      expected: `${oneOf(known)}${meant === undefined ? '' : `, probably "${meant.candidate}"`}`,
      unknownField: true,
    };
  }
  return {
    severity: 'warning',
    path: [...path, name],
    message: 'is not a known field and has no effect',
    expected: meant === undefined ? oneOf(known) : `"${meant.candidate}"`,
    unknownField: true,
  };
}

/** The value without nulls and, where the schema is closed, without unknown fields; a copy that shares nothing with it. */
export function pruned(schema: StructuralSchema, value: unknown): unknown {
  switch (schema.type) {
    case 'object': {
      if (!isRecord(value)) return value;
      const fields = Object.entries(value).filter(
        ([name, item]) => item !== null && (schema.open === true || Object.hasOwn(schema.fields, name)),
      );
      return Object.fromEntries(
        fields.map(([name, item]) => [
          name,
          pruned((Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined) ?? { type: 'anything' }, item),
        ]),
      );
    }
    case 'map':
      return isRecord(value)
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([, item]) => item !== null)
              .map(([name, item]) => [name, pruned(schema.values(), item)]),
          )
        : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => pruned(schema.items(), item)) : value;
    case 'anything':
      return structuredClone(value);
    default:
      return value;
  }
}

/** A path as people write it: `spec.filters[0].exact`, `data["default.topic.partitions"]`. */
export function pathText(path: ValuePath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** Whether a value is a mapping. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `the ${typeof value} ${typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : ''}`.trim();
}

function describeSchema(schema: StructuralSchema): string {
  switch (schema.type) {
    case 'text':
      return schema.expected ?? 'text';
    case 'choice':
      return oneOf(schema.values);
    case 'integer':
      return `a whole number from ${schema.min} to ${schema.max}`;
    case 'flag':
      return 'true or false';
    case 'list':
      return 'a list';
    case 'map':
    case 'object':
      return 'a mapping';
    case 'anything':
      return 'a value';
  }
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? `"${names[0] ?? ''}"` : `one of ${names.map((name) => `"${name}"`).join(', ')}`;
}

/** How many letters must be added, dropped or changed to make one name of another. */
function editsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let line = 1; line <= a.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= b.length; column += 1) {
      const kept = (row[column - 1] ?? 0) + (a[line - 1] === b[column - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
