import { problem, type ContractProblem } from '../problems/problem.ts';
import { quote } from '../problems/value-problems.ts';
import type { JsonFields, JsonShape } from './json-shape.ts';

/** A value of which nothing is left that its shape does not know. */
export interface FittingValue {
  /** Members by their JSON name, as the generated code reads them. */
  readonly value: unknown;
  /** What was left out because it does not fit, each with its place. */
  readonly problems: readonly ContractProblem[];
}

/** Messages within messages that are read, as by protobuf's own readers; filters may nest without end. */
const deepestNesting = 100;

/** Fits a parsed JSON value into a shape. Unknown members are left out without a word; what does not fit is left out and told. */
export function fitValue(value: unknown, shape: JsonShape): FittingValue {
  const problems: ContractProblem[] = [];
  const place: Place = { path: '', depth: 0, problems };
  return { value: fitting(value, shape, place), problems };
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly problems: ContractProblem[];
}

const misfit = Symbol('misfit');

/** Undefined: it does not fit. */
function fitting(value: unknown, shape: JsonShape, place: Place): unknown {
  const fit = fitOrMisfit(value, shape, place);
  if (fit !== misfit) return fit;
  place.problems.push(problem(place.path, `is ${shown(value)}; expected ${expected(shape)}`));
  return undefined;
}

function fitOrMisfit(value: unknown, shape: JsonShape, place: Place): unknown {
  switch (shape) {
    case 'text':
      return isScalar(value) ? String(value) : misfit;
    case 'integer':
      return isInteger(value) ? value : misfit;
    case 'flag':
      return value === true || value === 'true' ? true : value === false || value === 'false' ? false : misfit;
    case 'choice':
      return typeof value === 'string' || isInteger(value) ? value : misfit;
    case 'map':
      return isObject(value) ? fittingTexts(value, place) : misfit;
    default:
      if (shape.kind === 'list') return Array.isArray(value) ? fittingList(value, shape.of, place) : misfit;
      return isObject(value) && place.depth < deepestNesting ? fittingMessage(value, shape.fields(), place) : misfit;
  }
}

function fittingMessage(value: object, fields: JsonFields, place: Place): object {
  const members: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(fields)) {
    const jsonName = jsonNameOf(name);
    const member = memberOf(value, jsonName) ?? memberOf(value, name);
    // Written as null is the same as absent.
    if (member === undefined || member === null) continue;
    const path = place.path === '' ? jsonName : `${place.path}.${jsonName}`;
    members[jsonName] = fitting(member, shape, { ...place, path, depth: place.depth + 1 });
  }
  return members;
}

/** What does not fit leaves a hole, so that the others keep their places. */
function fittingList(values: readonly unknown[], shape: JsonShape, place: Place): readonly unknown[] {
  const hole = typeof shape === 'object' ? {} : '';
  return values.map((value, index) => fitting(value, shape, { ...place, path: `${place.path}[${index}]` }) ?? hole);
}

function fittingTexts(value: object, place: Place): object {
  const entries = Object.entries(value).map(([name, text]) => {
    const path = `${place.path}[${quote(name)}]`;
    return [name, fitting(text, 'text', { ...place, path })] as const;
  });
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined));
}

/** `dead_letter_ca_certs` is `deadLetterCACerts`, the way the Knative Kafka Broker names it; the others are plain lower camel case. */
function jsonNameOf(name: string): string {
  return name.replace(/_ca_certs$/u, 'CACerts').replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** As digits too, because 64 bits do not fit a number of JavaScript. */
function isInteger(value: unknown): value is string | number {
  return typeof value === 'string' ? /^-?\d{1,20}$/u.test(value) : Number.isInteger(value);
}

function expected(shape: JsonShape): string {
  switch (shape) {
    case 'text':
      return 'a text';
    case 'integer':
      return 'a whole number';
    case 'flag':
      return 'true or false';
    case 'choice':
      return 'the name or the number of a choice';
    case 'map':
      return 'an object of texts';
    default:
      return shape.kind === 'list' ? 'a list' : `an object, nested at most ${deepestNesting} deep`;
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return quote(value);
  return value === null || isScalar(value) ? String(value) : 'an object';
}
