import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';

/** How a container ended, as its status says it. */
export interface ContainerEnd {
  readonly exitCode: number;
  /** Number of the signal that ended it. */
  readonly signal?: number;
}

/** The running process of a container. */
export interface ContainerProcess {
  readonly pid: number;
  /** Resolves when it ended; what it had started itself is killed then, as in a container. */
  readonly ended: Promise<ContainerEnd>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a command whose output is appended to `logFile`, in a process group of its own. */
export async function startContainerProcess(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  logFile: string,
): Promise<ContainerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { env, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  return { pid, ended: endOf(child, pid), signal: (signal) => void child.kill(signal) };
}

async function endOf(child: ChildProcess, pid: number): Promise<ContainerEnd> {
  const [code, name] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Usually nobody is left in the group.
  }
  if (name === null) return { exitCode: code ?? 0 };
  const signal = constants.signals[name];
  return { exitCode: 128 + signal, signal };
}
