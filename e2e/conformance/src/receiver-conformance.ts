/**
 * Plays a probe against a receiver on a Kafka of its own, and holds what it found against what is known to differ.
 *
 *     node --conditions=@eventing-kafka/source src/receiver-conformance.ts --probe /path/to/receiver_probe.py
 *         [--phase main,k04a] [--only REGEX] [--out FILE]
 *
 * `--out` keeps the facts, for the probe's own `check` and `diff`. Ends with 1 when a case differs that is not in
 * `receiver-differences.json`, or does not differ and is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '@eventing-kafka/e2e-support';
import { startLocalKafka } from '@eventing-kafka/local-kafka';

const { values } = parseArgs({
  options: {
    probe: { type: 'string' },
    out: { type: 'string' },
    phase: { type: 'string' },
    only: { type: 'string' },
  },
});
if (values.probe === undefined) throw new Error('Say where the probe is: --probe /path/to/receiver_probe.py');
const probe = resolve(values.probe);
const root = resolve(import.meta.dirname, '../../..');
const work = await mkdtemp(join(tmpdir(), 'conformance-'));
const facts = resolve(values.out ?? join(work, 'facts.json'));

/** All phases but `k07`, which needs a receiver that passes over a file whose generation did not change; ours goes by the content. */
async function playedPhases(): Promise<string> {
  const cases = JSON.parse(await readFile(join(dirname(probe), 'receiver_cases.json'), 'utf8')) as {
    phases: { name: string }[];
  };
  return cases.phases
    .map(({ name }) => name)
    .filter((name) => name !== 'k07')
    .join(',');
}

/** Runs a program to its end; gives its output and exit code. */
async function run(command: string, args: readonly string[]): Promise<{ output: string; code: number }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, code: code ?? 1 };
}

/** The probe's own issuer of tokens, in the place of the API server; its keys, and what a Pod would find mounted, are in `folder`. */
async function startIssuer(folder: string): Promise<{ env: Readonly<Record<string, string>> } & AsyncDisposable> {
  const port = await freePort();
  await mkdir(folder);
  await writeFile(join(folder, 'token'), 'of the Pod');
  const listen = ['--listen', `127.0.0.1:${port}`, '--host', 'localhost', '--keys', folder];
  const child = spawn('python3', [probe, 'issuer', ...listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return {
    env: { KUBERNETES_SERVICE_HOST: 'localhost', KUBERNETES_SERVICE_PORT: String(port), SERVICE_ACCOUNT_DIR: folder },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A receiver from source that serves a contract file. */
async function startReceiver(
  contract: string,
  env: Readonly<Record<string, string>>,
): Promise<{ url: string } & AsyncDisposable> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@eventing-kafka/source',
      join(root, 'apps/receiver/src/main.ts'),
      ...[
        '--contract',
        contract,
        '--host',
        '127.0.0.1',
        '--port',
        '0',
        '--admin-host',
        '127.0.0.1',
        '--admin-port',
        '0',
      ],
    ],
    {
      env: { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', PRODUCE_TIMEOUT: '3s', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const url = await new Promise<string>((found, failed) => {
    const take = (text: string): void => {
      output = (output + text).slice(-100_000);
      const [, url] = /"url":"(http:[^"]+)"/.exec(output) ?? [];
      if (url !== undefined) found(url);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('exit', (code) => failed(new Error(`The receiver ended (${code}):\n${output}`)));
  });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** How a case differs, by its id, as the probe's `check` prints it. */
function differencesOf(output: string): ReadonlyMap<string, string> {
  const lines = output.split('\n').map((line) => /^([\w.-]+) \([^)]*\): (.*)$/.exec(line));
  return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const])));
}

let failed = true;
try {
  await using stack = new AsyncDisposableStack();
  const kafka = stack.use(await startLocalKafka({ properties: { 'auto.create.topics.enable': 'false' } }));
  const contract = join(work, 'contract.json');
  await writeFile(contract, '{"generation":"1","resources":[]}');
  const keys = join(work, 'keys');
  const issuer = stack.use(await startIssuer(keys));
  const receiver = stack.use(await startReceiver(contract, issuer.env));
  console.error(`receiver ${receiver.url}, Kafka ${kafka.bootstrapServers}`);
  const chosen = [
    ...['--phase', values.phase ?? (await playedPhases())],
    ...(values.only === undefined ? [] : ['--only', values.only]),
  ];
  const played = await run('python3', [
    ...[probe, 'run', '--url', receiver.url, '--kafka', kafka.bootstrapServers],
    ...['--contract', contract, '--keys', keys, '--out', facts, ...chosen],
  ]);
  if (played.code !== 0) throw new Error(`The probe ended with ${played.code}: ${played.output}`);
  const found = differencesOf((await run('python3', [probe, 'check', facts])).output);
  const known = JSON.parse(await readFile(join(import.meta.dirname, '../receiver-differences.json'), 'utf8')) as Record<
    string,
    string
  >;
  const cases = Object.keys((JSON.parse(await readFile(facts, 'utf8')) as { cases: object }).cases);
  const unexplained = [...found].filter(([id]) => known[id] === undefined);
  const outdated = cases.filter((id) => known[id] !== undefined && !found.has(id));
  for (const [id, how] of unexplained) console.log(`${id} differs: ${how}`);
  for (const id of outdated) console.log(`${id} is said to differ and does not: ${known[id] ?? ''}`);
  console.log(
    `${cases.length} cases played, ${found.size} differ from Knative's receiver, ${unexplained.length} of them without a reason, ${outdated.length} reasons without a difference`,
  );
  failed = unexplained.length + outdated.length > 0;
} finally {
  await rm(work, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
