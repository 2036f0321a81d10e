/**
 * What the data plane costs, beside bare servers and clients of the same run. Prints JSON lines.
 *
 *     npx nx run e2e-benchmarks:bench
 *     npx nx run e2e-benchmarks:bench --seconds=1   shorter and noisier
 */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { broker, startDataPlane, suiteKafka } from '@eventing-kafka/e2e-support';
import { measureDeliver } from './deliver.ts';
import { measureIngest } from './ingest.ts';
import { measureStart } from './start.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const milliseconds = Number(values.seconds) * 1_000;
if (!(milliseconds > 0)) throw new Error(`--seconds takes a positive number, not ${values.seconds}`);

const print = (lines: readonly object[]): void => {
  for (const line of lines) console.log(JSON.stringify(line));
};

await using kafka = await suiteKafka();
print(await measureStart(kafka.bootstrapServers));
{
  await using dataPlane = await startDataPlane(kafka);
  await dataPlane.manifests.write('broker.yaml', broker('bench'));
  await dataPlane.ready('Broker bench');
  const url = `${dataPlane.ingressUrl}/default/bench`;
  print(await measureIngest(dataPlane, url, milliseconds));
  print(await measureDeliver(dataPlane, 'bench', url, milliseconds));
}
const push = resolve(import.meta.dirname, '../../../libs/contract-stream/benchmarks/push.ts');
const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@eventing-kafka/source', push]);
process.stdout.write(stdout);
