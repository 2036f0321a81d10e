import { readArguments } from './arguments.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { allowedValues, parseValue, type SettingValue } from './parse-value.ts';
import { rulesOf, type Setting, type SettingsOf, type SettingsSchema } from './schema.ts';

/** Where settings are read from. */
export interface SettingsInput {
  /** Environment variables, as in `process.env`. Those the schema does not name are ignored. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments without the program's own name, as in `process.argv.slice(2)`. */
  readonly args?: readonly string[];
}

/**
 * The settings as one frozen object. A flag wins over the environment, which wins over the default; an empty variable counts as unset, an empty
 * flag (`--prefix=`) is a value.
 *
 * @throws {ConfigError} lists everything wrong at once: values not accepted, required settings missing, unknown flags, rules broken.
 */
export function readSettings<S extends SettingsSchema>(schema: S, input: SettingsInput): SettingsOf<S> {
  const { given, problems: argumentProblems } = readArguments(schema, input.args ?? []);
  const problems: ConfigProblem[] = [...argumentProblems];
  const flagged = new Set(problems.map((problem) => problem.setting));
  const values: Record<string, SettingValue | undefined> = {};

  for (const [name, setting] of Object.entries(schema)) {
    const fromFlag = given.get(name);
    const fromEnv = nonBlank(input.env[setting.env]);
    const text = fromFlag ?? fromEnv;
    if (text === undefined) {
      const value = setting.default;
      values[name] = Array.isArray(value) ? Object.freeze([...(value as readonly string[])]) : value;
      if (value === undefined && setting.optional !== true && !flagged.has(name)) problems.push(missing(name, setting));
      continue;
    }
    const value = parseValue(setting, text);
    if (value === undefined) {
      problems.push(refused(name, setting, text, fromFlag === undefined ? setting.env : `--${setting.flag ?? ''}`));
    }
    values[name] = value;
  }
  const settings = Object.freeze(values) as SettingsOf<S>;
  if (problems.length === 0) problems.push(...brokenRules(schema, settings));
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

function brokenRules<S extends SettingsSchema>(schema: S, settings: SettingsOf<S>): ConfigProblem[] {
  return rulesOf(schema).flatMap((rule) => {
    // The rule was typed by defineSettings for this very schema.
    const message = rule(settings as never);
    return message === undefined ? [] : [{ setting: '', source: '', found: undefined, allowed: undefined, message }];
  });
}

function missing(name: string, setting: Setting): ConfigProblem {
  const source = sources(setting);
  const allowed = allowedValues(setting);
  return {
    setting: name,
    source,
    found: undefined,
    allowed,
    message: `${source} is required: ${allowed} (${setting.description})`,
  };
}

function refused(name: string, setting: Setting, text: string, source: string): ConfigProblem {
  const found = shownValue(setting, text);
  const allowed = allowedValues(setting);
  return { setting: name, source, found, allowed, message: `${source} is ${found}; allowed: ${allowed}` };
}

/** `--port or INGRESS_PORT`. */
function sources(setting: Setting): string {
  return setting.flag === undefined ? setting.env : `--${setting.flag} or ${setting.env}`;
}

/** A value in quotes, shortened; secrets and passwords within URLs are not shown. */
function shownValue(setting: Setting, text: string): string {
  if (setting.kind === 'secret') return '[redacted]';
  const short = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return JSON.stringify(short.replace(/(:\/\/[^\s/:@]*):[^\s/@]+@/g, '$1:[redacted]@'));
}

function nonBlank(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
