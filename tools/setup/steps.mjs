/** One step of the set-up: a child process whose progress a person can follow, and whose failure names the remedy. */
import { spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspaceRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Something a person has to mend before the project can run; the message is meant for them. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * Runs a command and shows that it is alive: a counter on a terminal, a line every 15 s elsewhere. Its output appears only if
 * it fails.
 *
 * @param {string} title what the step does
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, remedy: string, expectedSeconds?: number }} options
 * @throws {SetupError} with the last lines of the output and the remedy
 */
export async function run(title, command, args, { cwd = workspaceRoot, env = process.env, remedy, expectedSeconds }) {
  const startedAt = Date.now();
  const progress = showProgress(title, startedAt, expectedSeconds);
  const lines = [];
  try {
    const code = await new Promise((done, failed) => {
      const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8');
        stream.on('data', (text) => {
          lines.push(...text.split('\n'));
          lines.splice(0, lines.length - 200);
        });
      }
      child.on('error', failed);
      child.on('close', done);
    });
    if (code !== 0) throw new Error(`exit code ${code}`);
  } catch (error) {
    progress.end('failed');
    throw new SetupError(
      `${lines.join('\n')}\n${title}: ${command} ${args.join(' ')} failed (${error.message}).\n${remedy}`,
    );
  }
  progress.end('done');
}

function showProgress(title, startedAt, expectedSeconds) {
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  const expected = expectedSeconds === undefined ? '' : ` of about ${expectedSeconds}`;
  const terminal = process.stderr.isTTY;
  const say = (text) => process.stderr.write(terminal ? `\r\x1b[2K${text}` : `${text}\n`);
  say(`${title} …`);
  const timer = setInterval(() => say(`${title} … ${seconds()}${expected} s`), terminal ? 1_000 : 15_000);
  return {
    end(outcome) {
      clearInterval(timer);
      say(`${title}: ${outcome} (${seconds()} s)${terminal ? '\n' : ''}`);
    },
  };
}
