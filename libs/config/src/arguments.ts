import type { ConfigProblem } from './config-error.ts';
import { nearestName } from './nearest-name.ts';
import type { Setting, SettingsSchema } from './schema.ts';

/** What a command line says: texts by setting name, and what of it could not be understood. */
export interface ReadArguments {
  readonly given: ReadonlyMap<string, string>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Flags of a command line: `--port 8080`, `--port=8080`, `--verbose`, `--no-verbose`. The last of several wins; those of a list add up. A text that
 * begins with two dashes is never taken as the value of the flag before it: write `--flag=--text`.
 */
export function readArguments(schema: SettingsSchema, args: readonly string[]): ReadArguments {
  const flags = new Map<string, readonly [name: string, setting: Setting]>();
  for (const [name, setting] of Object.entries(schema)) {
    if (setting.flag !== undefined) flags.set(setting.flag, [name, setting]);
  }
  const given = new Map<string, string>();
  const problems: ConfigProblem[] = [];

  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument);
    if (match === null) {
      problems.push(unknownArgument(shown(argument), 'options begin with two dashes'));
      continue;
    }
    const [, flag = '', inlineValue] = match;
    const negated = flag.startsWith('no-') ? flags.get(flag.slice(3)) : undefined;
    const known = flags.get(flag);
    if (known === undefined && negated?.[1].kind === 'boolean') {
      if (inlineValue === undefined) given.set(negated[0], 'false');
      else problems.push(unknownArgument(`--${flag}=…`, `write --${flag} or --${flag.slice(3)}=<true|false>`));
      continue;
    }
    if (known === undefined) {
      const nearest = nearestName(flag.replace(/^no-/, ''), [...flags.keys()]);
      problems.push(
        unknownArgument(
          shown(`--${flag}`),
          nearest === undefined ? '--help lists the options' : `did you mean --${nearest}?`,
        ),
      );
      // Its value, if it has one, is not a second mistake.
      if (inlineValue === undefined && isValue(args[index + 1])) index += 1;
      continue;
    }
    const [name, setting] = known;
    let value = inlineValue;
    if (value === undefined && setting.kind === 'boolean') value = 'true';
    if (value === undefined && isValue(args[index + 1])) {
      index += 1;
      value = args[index];
    }
    if (value === undefined) {
      problems.push({
        setting: name,
        source: `--${flag}`,
        found: undefined,
        allowed: undefined,
        message: `--${flag} needs a value: --${flag} <${setting.kind}>`,
      });
      continue;
    }
    const before = given.get(name);
    given.set(name, setting.kind === 'list' && before !== undefined ? `${before},${value}` : value);
  }
  return { given, problems };
}

function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('--');
}

function unknownArgument(argument: string, hint: string): ConfigProblem {
  return {
    setting: '',
    source: argument,
    found: argument,
    allowed: undefined,
    message: `${argument} is not an option: ${hint}`,
  };
}

/** An unknown argument may be a password in the wrong place, so only its beginning is repeated. */
function shown(argument: string): string {
  const printable = argument.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > 40 ? `${printable.slice(0, 40)}…` : printable;
}
