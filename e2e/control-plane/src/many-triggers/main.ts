/**
 * What many Triggers cost a controller on a real API server, with three receivers and three dispatchers. Prints JSON lines.
 *
 *     npx nx run e2e-control-plane:bench
 *     npx nx run e2e-control-plane:bench --triggers=200 --changes=50
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { suiteKafka } from '@eventing-kafka/e2e-support';
import { startInstallation } from '../installation.ts';
import { startBench } from './bench.ts';
import { measureChanges } from './change.ts';
import { measureCreation } from './create.ts';
import { measureRestart } from './restart.ts';

const { values } = parseArgs({
  options: {
    triggers: { type: 'string', default: '5000' },
    brokers: { type: 'string', default: '5' },
    changes: { type: 'string', default: '200' },
    restarts: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});

const [triggers, brokers, changes, restarts, seed] = [
  values.triggers,
  values.brokers,
  values.changes,
  values.restarts,
  values.seed,
].map((text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`Options take whole numbers from 1, not ${text}`);
  return number;
}) as [number, number, number, number, number];

function print(bench: string, figures: object): void {
  const load = loadavg().map((average) => Math.round(average * 10) / 10);
  console.log(JSON.stringify({ bench, ...figures, load }));
}

await using kafka = await suiteKafka();
await using installation = await startInstallation({
  ...kafka,
  values: { 'receiver.replicas': 3, 'dispatcher.replicas': 3, 'sinks.enabled': false },
});
await using bench = await startBench(installation, { triggers, brokers, processes: 6, seed });
print('options', { triggers, brokers, changes, restarts, seed, node: process.version });
print('create', await measureCreation(bench));
print('change', await measureChanges(bench, changes));
for (let restart = 0; restart < restarts; restart += 1) print('restart', await measureRestart(bench));
