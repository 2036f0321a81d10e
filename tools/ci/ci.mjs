/**
 * The steps of CI, in order, and their sum: tests as their runners count them, every other step as one. A step that fails
 * does not stop the rest; one that could not run counts as failed.
 *
 *     bash .ci/run            everything
 *     bash .ci/run lint e2e   only the steps whose name holds one of the words
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { workspaceRoot } from '../setup/steps.mjs';

const nx = (...args) => ['npx', ['--no-install', 'nx', ...args, '--output-style=static']];

/** No step takes a third of this. */
const stepLimitMs = 15 * 60_000;

/** `counts`: the step prints the totals of node's test runner, at least one of them. */
const steps = [
  { name: 'test', command: ['npm', ['test']], counts: true },
  { name: 'typecheck', command: nx('run-many', '--target=typecheck') },
  { name: 'lint', command: nx('run-many', '--target=lint') },
  { name: 'format', command: ['npx', ['--no-install', 'prettier', '--check', '.']] },
  { name: 'build', command: nx('run-many', '--target=build') },
  { name: 'proto', command: nx('run-many', '--projects=proto', '--target=lint,breaking,check-generated') },
  { name: 'references', command: nx('sync:check') },
  { name: 'spec coverage', command: nx('run', 'spec-coverage:report') },
  { name: 'release dry run', command: nx('run', 'workspace:release', '--first-release') },
  { name: 'integration', command: nx('run-many', '--target=integration', '--parallel=1'), counts: true },
  { name: 'cluster programs', command: nx('run', 'e2e-support:binaries') },
  // One step each: a suite that hangs costs its own time only.
  ...suites().map((suite) => ({ name: `e2e ${suite}`, command: nx('run', `e2e-${suite}:e2e`), counts: true })),
];

/** The folders of `e2e/` that hold tests. */
function suites() {
  const folder = join(workspaceRoot, 'e2e');
  const holdsTests = (name) =>
    existsSync(join(folder, name, 'src')) &&
    readdirSync(join(folder, name, 'src'), { recursive: true }).some((file) => file.endsWith('.e2e.ts'));
  return readdirSync(folder).filter(holdsTests);
}

/**
 * Libraries of the machine that the Kafka driver is compiled against. Without them it builds too, but lacks zstd and TLS, so
 * a failure here is only told.
 */
function installSystemLibraries() {
  const missing = ['libzstd-dev', 'libssl-dev'].filter(
    (name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length === 0 || process.getuid?.() !== 0) return;
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  if (spawnSync('apt-get', ['install', '-y', '-qq', ...missing], quiet).status !== 0) {
    console.log(`Could not install ${missing.join(', ')}; going on without.`);
  }
}

function run([command, args]) {
  const path = `${join(workspaceRoot, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: workspaceRoot,
      // All scenarios of the ledger take a quarter of an hour, the short set a minute and a half.
      env: { ...process.env, PATH: path, NX_DAEMON: 'false', FORCE_COLOR: '0', LEDGER_SET: 'short' },
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, so that all of it can be ended.
      detached: true,
    });
    group = child.pid;
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    // A step that hangs is a failure like any other, and the next ones still run.
    const limit = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), stepLimitMs);
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => {
      clearTimeout(limit);
      group = undefined;
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Adds up the totals that node's test runner prints at the end of each run. */
function testTotals(output) {
  const plain = stripVTControlCharacters(output);
  const sum = (word) =>
    [...plain.matchAll(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, 'gm'))].reduce((total, [, n]) => total + Number(n), 0);
  return { passed: sum('pass'), failed: sum('fail') + sum('cancelled') };
}

/** The group of the step that runs, ended with this process. */
let group;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
    process.exit(1);
  });
}

const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? steps : steps.filter(({ name }) => wanted.some((word) => name.includes(word)));
const results = [];
installSystemLibraries();
for (const { name, command, counts = false } of chosen) {
  console.log(`\n=== ${name}: ${command.flat().join(' ')}`);
  const startedAt = Date.now();
  const { code, output } = await run(command);
  const totals = counts ? testTotals(output) : { passed: code === 0 ? 1 : 0, failed: 0 };
  const silent = counts && totals.passed + totals.failed === 0;
  // A run that failed without a failed test in it (a crash, a suite that could not start) is a failure all the same.
  if ((code !== 0 || silent) && totals.failed === 0) totals.failed = 1;
  results.push({ name, ...totals, seconds: Math.round((Date.now() - startedAt) / 1000) });
}

console.log('\n=== Summary');
for (const { name, passed, failed, seconds } of results) {
  console.log(
    `${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(18)} ${passed} passed, ${failed} failed (${seconds} s)`,
  );
}
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') === 0 ? 0 : 1;
