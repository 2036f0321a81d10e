import { spawn } from 'node:child_process';
import { ClusterError } from './cluster-error.ts';

/** How to run a command. */
export interface CommandOptions {
  /** What it reads on its standard input: YAML for `kubectl apply -f -`. */
  readonly stdin?: string;
  /** After how long it is killed, 2 min unless told. */
  readonly timeoutMs?: number;
  /** The folder it runs in. */
  readonly cwd?: string;
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to its standard output
 * @throws ClusterError `CLUSTER_COMMAND_FAILED` with what it wrote, when it ends with another exit code than 0
 */
export function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  { stdin = '', timeoutMs = 120_000, cwd }: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, timeout: timeoutMs, killSignal: 'SIGKILL' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    // A program that does not read all of its input closes it; how it ends says what that means.
    child.stdin.on('error', () => undefined).end(stdin);
    const fail = (what: string, cause?: unknown): void => {
      const command = [program.replace(/.*\//, ''), ...args].join(' ');
      reject(new ClusterError('CLUSTER_COMMAND_FAILED', `${command}: ${what}`, { cause }));
    };
    child.once('error', (cause) => fail('it cannot be started', cause));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output.stdout);
      const end = signal === null ? `exit code ${code ?? 'unknown'}` : `killed after ${timeoutMs} ms (${signal})`;
      fail(`${end}\n${output.stderr}${output.stdout}`.trimEnd());
    });
  });
}
