/**
 * What becomes of every accepted event while parts are killed, stopped, cut off and changed. See the README.
 *
 *     npx nx run e2e-ledger:e2e
 *     npx nx run e2e-ledger:e2e --scenario=kill-dispatcher --seed=7
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readOptions } from './options.ts';
import { runScenario, type ScenarioResult } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { startSystem, type System } from './system.ts';
import { resultLines, resultTable } from './table.ts';

const { seed, short, chosen } = readOptions(process.argv.slice(2), process.env, {
  scenarios,
  defaultSeed: Math.floor(Math.random() * 1_000_000),
});

describe(`the ledger, seed ${seed}`, { timeout: 3_600_000 }, () => {
  const results: ScenarioResult[] = [];
  let system: System | undefined;

  after(async () => {
    await system?.[Symbol.asyncDispose]();
    console.log(`\n${resultTable(results)}\n\n${resultLines(results)}`);
  });

  for (const scenario of chosen) {
    test(scenario.name, { timeout: 600_000 }, async () => {
      console.log(`${scenario.name}, seed ${seed}`);
      const running = (system ??= await startSystem());
      try {
        const result = await runScenario(scenario, running, { seed, short });
        results.push(result);
        if (result.missed.length > 0) throw new Error(`Bars missed:\n${result.missed.join('\n')}`);
      } catch (error) {
        // The next scenario gets a system that nothing has happened to.
        const folder = await writeOutputs(running);
        system = undefined;
        await running[Symbol.asyncDispose]();
        const again = `npx nx run e2e-ledger:e2e --scenario=${scenario.name} --seed=${seed}${short ? ' --short' : ''}`;
        throw new Error(`${String(error)}\nWhat the parts printed: ${folder}\nOnce more: ${again}`, { cause: error });
      }
    });
  }
});

/** Writes what every part printed into files of a new folder. */
async function writeOutputs({ controller, receivers, dispatchers }: System): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  for (const part of [controller, ...receivers, ...dispatchers]) {
    await writeFile(join(folder, `${part.name}.log`), part.output);
  }
  return folder;
}
