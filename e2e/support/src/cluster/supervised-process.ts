import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { ClusterError } from './cluster-error.ts';

/** A program that cannot outlive the process that started it, whatever way that one ends. */
export interface SupervisedProcess extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** Resolves when it ended. */
  readonly ended: Promise<void>;
  /** The last lines it wrote to its log. */
  lastLines(count?: number): string;
  /** Sends a signal without waiting for what follows; nothing happens when it has ended. */
  signal(signal: NodeJS.Signals): void;
}

/** What a supervised program is given. */
export interface SupervisedOptions {
  /** Where both of its output streams go; appended to. */
  readonly logFile: string;
  /** Its whole environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a program that the kernel kills when this process dies, SIGKILL included (`setpriv --pdeathsig`). It has a session of its own, so that
 * Ctrl-C reaches only us and we decide in which order things stop.
 *
 * Disposing it kills it.
 *
 * @throws ClusterError `CLUSTER_UNSUPPORTED` without `setpriv` (util-linux)
 */
export async function startSupervised(
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  { logFile, env = {} }: SupervisedOptions,
): Promise<SupervisedProcess> {
  const log = openSync(logFile, 'a');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH, HOME, ...env },
  });
  closeSync(log);
  const pid = await startedPid(name, child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid,
    ended,
    get running() {
      return running();
    },
    lastLines: (count = 15) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n'),
    signal: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (running()) child.kill('SIGKILL');
      if (running()) await ended;
    },
  };
}

function startedPid(name: string, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (cause) => {
      const remedy = 'the test cluster needs Linux with util-linux (setpriv); set KUBECONFIG to a cluster that runs';
      reject(new ClusterError('CLUSTER_UNSUPPORTED', `${name} cannot be started: ${remedy}`, { cause }));
    });
  });
}
