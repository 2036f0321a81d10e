/**
 * Plays a probe against dispatchers on a Kafka of its own, and holds what it found against what is known to differ.
 *
 *     node --conditions=@eventing-kafka/source src/dispatcher-conformance.ts --probe /path/to/dispatcher_probe.py
 *         [--kafka HOST:PORT] [--only REGEX] [--out FILE] [--python python3]
 *
 * `--out` keeps the facts, for the probe's own `check` and `diff`. Ends with 1 when a case differs that is not in
 * `dispatcher-differences.json`, or does not differ and is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalKafka } from '@eventing-kafka/local-kafka';

const { values } = parseArgs({
  options: {
    probe: { type: 'string' },
    kafka: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string' },
    python: { type: 'string', default: 'python3' },
  },
});
if (values.probe === undefined) throw new Error('Say where the probe is: --probe /path/to/dispatcher_probe.py');
const { python } = values;
const probe = resolve(values.probe);
const here = resolve(import.meta.dirname, '..');
const work = await mkdtemp(join(tmpdir(), 'conformance-'));
const facts = resolve(values.out ?? join(work, 'facts.json'));
const only = values.only === undefined ? [] : ['--only', values.only];

/** Runs the probe to its end; gives its output and exit code. */
async function runProbe(args: readonly string[]): Promise<{ output: string; code: number }> {
  const env = { ...process.env, NODE: process.execPath };
  const child = spawn(python, [probe, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, code: code ?? 1 };
}

/** How each case differs, by its id, as the probe's `check` prints it: a line that names the case, then one for each difference. */
function differencesOf(output: string): ReadonlyMap<string, string> {
  const differences = new Map<string, string>();
  let id = '';
  for (const line of output.split('\n')) {
    const [, named] = /^(\S+) \([^)]*\)/.exec(line) ?? [];
    if (named !== undefined) id = named;
    if (named === undefined && !line.startsWith('   ')) continue;
    differences.set(id, [differences.get(id), line.trim()].filter((part) => part !== undefined).join('\n    '));
  }
  return differences;
}

let failed = true;
try {
  await using stack = new AsyncDisposableStack();
  const kafka =
    values.kafka ??
    stack.use(await startLocalKafka({ properties: { 'auto.create.topics.enable': 'false' } })).bootstrapServers;
  const driver = join(here, 'dispatcher_driver.py');
  const played = await runProbe([
    ...['run', '--kafka', kafka, '--work', work, '--out', facts, '--driver', driver],
    ...only,
  ]);
  if (played.code !== 0) throw new Error(`The probe ended with ${played.code}: ${played.output}`);
  const found = differencesOf((await runProbe(['check', '--target', ...only, facts])).output);
  const known = JSON.parse(await readFile(join(here, 'dispatcher-differences.json'), 'utf8')) as Record<string, string>;
  const cases = Object.keys(JSON.parse(await readFile(facts, 'utf8')) as object);
  const unexplained = [...found].filter(([id]) => known[id] === undefined);
  const outdated = cases.filter((id) => known[id] !== undefined && !found.has(id));
  for (const [, how] of unexplained) console.log(`differs: ${how}`);
  for (const id of outdated) console.log(`${id} is said to differ and does not: ${known[id] ?? ''}`);
  console.log(
    `${cases.length} cases played, ${found.size} differ from what is wanted, ${unexplained.length} of them without a reason, ${outdated.length} reasons without a difference`,
  );
  failed = unexplained.length + outdated.length > 0;
} finally {
  await rm(work, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
