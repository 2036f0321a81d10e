import { escapeControlCharacters } from './control-characters.ts';
import type { LogLine } from './json-line.ts';
import type { Loggable } from './loggable.ts';
import type { LogLevel } from './log-level.ts';

const levelNames: Readonly<Record<LogLevel, string>> = { debug: 'DEBUG', info: 'INFO ', warn: 'WARN ', error: 'ERROR' };
const levelColors: Readonly<Record<LogLevel, string>> = { debug: '90', info: '36', warn: '33', error: '31' };
const barePattern = /^[\p{L}\p{N}_./:@+,-]+$/u;

/**
 * A line for people: `11:23:45.678 INFO  egress started egressUid=5f consumerGroup=orders`. The time is local. Errors follow on indented lines, causes
 * below them. Control characters of texts are escaped, so that what a line quotes cannot act on the terminal.
 */
export function textLine(line: LogLine, colors: boolean): string {
  const paint = (code: string, text: string): string => (colors ? `\u001b[${code}m${text}\u001b[0m` : text);
  const time = paint('90', localTime(line.time));
  const level = paint(levelColors[line.level], levelNames[line.level]);
  const parts: string[] = [];
  const below: string[] = [];
  for (const [name, value] of Object.entries(line.fields)) {
    const shownName = escapeControlCharacters(name);
    if (isErrorFields(value)) below.push(...errorLines(shownName, value));
    else parts.push(` ${paint('90', `${shownName}=`)}${inlineValue(value)}`);
  }
  const head = `${time} ${level} ${escapeControlCharacters(line.message)}${parts.join('')}`;
  return [head, ...below.map((text) => paint('90', text))].join('\n') + '\n';
}

type ErrorFields = Readonly<Record<string, Loggable>> & { readonly name: string; readonly message: string };

function isErrorFields(value: Loggable | undefined): value is ErrorFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { name, message } = value as Readonly<Record<string, Loggable>>;
  return typeof name === 'string' && typeof message === 'string';
}

function errorLines(label: string, error: ErrorFields, indent = '    '): string[] {
  const { name, message, code, stack, ...others } = error;
  const head = `${name}${typeof code === 'string' ? ` [${code}]` : ''}: ${message}`;
  const lines = [`${indent}${label}: ${escapeControlCharacters(head)}`];
  if (typeof stack === 'string') {
    const frames = stack.split('\n').filter((frame) => /^\s+at /.test(frame));
    lines.push(...frames.map((frame) => `${indent}    ${escapeControlCharacters(frame.trim())}`));
  }
  const nested: string[] = [];
  for (const [key, value] of Object.entries(others)) {
    const shownKey = escapeControlCharacters(key);
    const errors = Array.isArray(value) ? (value as readonly Loggable[]) : [value];
    if (errors.length > 0 && errors.every(isErrorFields)) {
      for (const inner of errors) nested.push(...errorLines(shownKey, inner, `${indent}  `));
    } else {
      lines.push(`${indent}  ${shownKey}=${inlineValue(value)}`);
    }
  }
  return [...lines, ...nested];
}

function inlineValue(value: Loggable | undefined): string {
  if (typeof value === 'string')
    return barePattern.test(value) ? value : escapeControlCharacters(JSON.stringify(value));
  return escapeControlCharacters(JSON.stringify(value));
}

function localTime(time: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const millis = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${millis}`;
}
