import type { CesqlValue } from './ast.ts';
import { parseBoolean, parseInteger } from './casts.ts';
import type { CesqlFunction, ReportError } from './function.ts';
import { maxTextLength } from './limits.ts';

/** The functions of CESQL 1.0, section 3.6, and `IS_INT` and `IS_BOOL`, which the Knative Kafka Broker has too. */
export const standardFunctions: readonly CesqlFunction[] = [
  { name: 'LENGTH', parameters: ['string'], evaluate: ([text]) => textOf(text).length },
  { name: 'CONCAT', parameters: [], rest: 'string', evaluate: (texts, report) => joined(texts, '', report) },
  {
    name: 'CONCAT_WS',
    parameters: ['string'],
    rest: 'string',
    evaluate: ([separator, ...texts], report) => joined(texts, textOf(separator), report),
  },
  { name: 'LOWER', parameters: ['string'], evaluate: ([text]) => textOf(text).toLowerCase() },
  { name: 'UPPER', parameters: ['string'], evaluate: ([text]) => textOf(text).toUpperCase() },
  { name: 'TRIM', parameters: ['string'], evaluate: ([text]) => trimmed(textOf(text)) },
  {
    name: 'LEFT',
    parameters: ['string', 'integer'],
    evaluate: ([text, count], report) =>
      cut(textOf(text), integerOf(count), report, (whole, length) => whole.slice(0, length)),
  },
  {
    name: 'RIGHT',
    parameters: ['string', 'integer'],
    evaluate: ([text, count], report) =>
      cut(textOf(text), integerOf(count), report, (whole, length) => whole.slice(Math.max(0, whole.length - length))),
  },
  {
    name: 'SUBSTRING',
    parameters: ['string', 'integer'],
    evaluate: ([text, position], report) => substring(textOf(text), integerOf(position), textOf(text).length, report),
  },
  {
    name: 'SUBSTRING',
    parameters: ['string', 'integer', 'integer'],
    evaluate: ([text, position, length], report) =>
      substring(textOf(text), integerOf(position), integerOf(length), report),
  },
  { name: 'ABS', parameters: ['integer'], evaluate: ([value], report) => absolute(integerOf(value), report) },
  // The cast is made on the way in.
  { name: 'INT', parameters: ['integer'], evaluate: ([value]) => integerOf(value) },
  { name: 'BOOL', parameters: ['boolean'], evaluate: ([value]) => value === true },
  { name: 'STRING', parameters: ['string'], evaluate: ([value]) => textOf(value) },
  { name: 'IS_INT', parameters: ['string'], evaluate: ([text]) => parseInteger(textOf(text)) !== undefined },
  { name: 'IS_BOOL', parameters: ['string'], evaluate: ([text]) => parseBoolean(textOf(text)) !== undefined },
];

const smallestInteger = -2_147_483_648;
const largestInteger = 2_147_483_647;
const whiteSpace = /^\p{White_Space}$/u;

function textOf(value: CesqlValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function integerOf(value: CesqlValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function joined(texts: readonly CesqlValue[], separator: string, report: ReportError): string {
  const between = Math.max(0, texts.length - 1) * separator.length;
  const length = texts.reduce<number>((sum, text) => sum + textOf(text).length, between);
  if (length <= maxTextLength) return texts.join(separator);
  report('functionEvaluation', `the result would have ${length} characters, at most ${maxTextLength} are allowed`);
  return '';
}

/** No expression: one for both ends would be quadratic in the white space inside. All white space is a single UTF-16 unit. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && whiteSpace.test(text.charAt(start))) start++;
  while (end > start && whiteSpace.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function cut(
  text: string,
  length: number,
  report: ReportError,
  take: (text: string, length: number) => string,
): string {
  if (length >= 0) return take(text, length);
  report('functionEvaluation', `a length of ${length} is negative`);
  return text;
}

function substring(text: string, position: number, length: number, report: ReportError): string {
  if (length < 0) {
    report('functionEvaluation', `a length of ${length} is negative`);
    return '';
  }
  if (position === 0) return '';
  if (Math.abs(position) > text.length) {
    report('functionEvaluation', `position ${position} is outside of a text of ${text.length} characters`);
    return '';
  }
  const start = position > 0 ? position - 1 : text.length + position;
  return text.slice(start, start + length);
}

function absolute(value: number, report: ReportError): number {
  if (value !== smallestInteger) return Math.abs(value);
  report('math', `the absolute value of ${value} is no 32-bit integer`);
  return largestInteger;
}
