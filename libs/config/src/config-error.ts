/** One thing wrong with the settings. */
export interface ConfigProblem {
  /** Name of the setting in the schema; empty for an unknown argument and for a rule between settings. */
  readonly setting: string;
  /** Where the value came from, or may come from: `--port`, `INGRESS_PORT`. */
  readonly source: string;
  /** What was found, secrets redacted; undefined when nothing was. */
  readonly found: string | undefined;
  /** What would have been accepted. */
  readonly allowed: string | undefined;
  /** All of it as one sentence for a person. */
  readonly message: string;
}

/** Settings that cannot be used. Its message lists every problem, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  /** Every problem, in the order of the schema; unknown arguments first. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`;
    super([`${count} not usable:`, ...problems.map((problem) => `  ${problem.message}`)].join('\n'));
    this.problems = problems;
  }
}

/** Whether a value is a {@link ConfigError}, also one of another copy of this library. */
export function isConfigError(value: unknown): value is ConfigError {
  return value instanceof Error && value.name === 'ConfigError' && 'code' in value && value.code === 'CONFIG_INVALID';
}
