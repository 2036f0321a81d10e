import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';

/** What to run. */
export interface LedgerOptions {
  readonly seed: number;
  readonly short: boolean;
  readonly chosen: readonly Scenario[];
}

/**
 * Reads `--seed=`, `--scenario=` (a name, may be given several times) and `--short` from the command line, and `LEDGER_SET=short` from the
 * environment, which CI sets. Without a seed it is `defaultSeed`.
 *
 * @throws Error naming the option and what it takes
 */
export function readOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { scenarios, defaultSeed }: { scenarios: readonly Scenario[]; defaultSeed: number },
): LedgerOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(defaultSeed) },
      scenario: { type: 'string', multiple: true, default: [] },
      short: { type: 'boolean', default: env['LEDGER_SET'] === 'short' },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`--seed takes a whole number from 0, not ${values.seed}`);
  const names = scenarios.map(({ name }) => name);
  const unknown = values.scenario.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`--scenario takes one of ${names.join(', ')}, not ${unknown.join(', ')}`);
  }
  const chosen =
    values.scenario.length > 0
      ? scenarios.filter(({ name }) => values.scenario.includes(name))
      : scenarios.filter(({ inShortSet }) => inShortSet || !values.short);
  return { seed, short: values.short, chosen };
}
