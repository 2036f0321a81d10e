import { isConfigError } from '@eventing-kafka/config';
import { escapeControlCharacters, withoutSecrets } from '@eventing-kafka/logging';
import { exitCodes } from './exit-codes.ts';

/** What is told of an error that ended a process, and with which code it ends. */
export type FailureReport =
  | { readonly kind: 'expected'; readonly exitCode: number; readonly lines: readonly string[] }
  | { readonly kind: 'unexpected'; readonly exitCode: number };

/**
 * Decides how an error is told. One that carries a code somebody gave it was foreseen: its message says what is wrong and what to do, so it becomes one
 * line. Node's `ERR_…` codes and errors without a code are mistakes of a program and need their stack. Of several errors at once (a failure, and
 * another while cleaning up) each gets its line, unless one of them was not foreseen.
 */
export function failureReport(appName: string, error: unknown): FailureReport {
  const errors = [...new Set(singleErrors(error))];
  const lines = errors.flatMap((single) => expectedLines(single) ?? []);
  if (errors.some((single) => expectedLines(single) === undefined)) {
    return { kind: 'unexpected', exitCode: exitCodes.unexpected };
  }
  const exitCode = errors.some(isConfigError) ? exitCodes.badSettings : exitCodes.failed;
  return { kind: 'expected', exitCode, lines: lines.map((line) => `${appName}: ${line}`) };
}

function expectedLines(error: unknown): readonly string[] | undefined {
  if (isConfigError(error)) return [...error.message.split('\n').map(printable), 'Run with --help for all settings.'];
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  if (typeof code !== 'string' || code === '' || code.startsWith('ERR_')) return undefined;
  const message = printable(error.message.replace(/\s*\n\s*/g, ' '));
  return [message.includes(code) ? message : `${message} (${code})`];
}

function singleErrors(error: unknown): unknown[] {
  if (error instanceof SuppressedError) return [...singleErrors(error.suppressed), ...singleErrors(error.error)];
  if (error instanceof AggregateError && !('code' in error)) {
    return (error.errors as readonly unknown[]).flatMap(singleErrors);
  }
  return [error];
}

function printable(text: string): string {
  return escapeControlCharacters(withoutSecrets(text));
}
