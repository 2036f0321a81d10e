import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { eventually } from './eventually.ts';

const workspaceRoot = resolve(import.meta.dirname, '../../..');

/** The apps of this repository. */
export type AppName = 'receiver' | 'dispatcher' | 'controller' | 'standalone' | 'smoke-test';

/** How to start an app. */
export interface AppOptions {
  /** Settings, on top of the PATH and HOME of this process; nothing else of its environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A built app that runs as a process of its own. Disposing it kills it, if it still runs. */
export class AppProcess implements AsyncDisposable {
  readonly name: AppName;
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  constructor(name: AppName, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    this.#exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        // Enough to explain a failure, whatever a long run prints.
        this.#output = (this.#output + text).slice(-1_000_000);
      });
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#child.pid;
  }

  /** What it printed on both streams, the last million characters. */
  get output(): string {
    return this.#output;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits for a match in what it prints; fails at once, with its output, when it exits before. */
  async printed(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> {
    const match = await eventually(
      `${this.name} prints ${String(pattern)}`,
      () => {
        const found = pattern.exec(this.#output);
        return found ?? (this.running ? undefined : ('exited' as const));
      },
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`${this.name} did not print ${String(pattern)}. Its output:\n${this.#output}`, { cause: error });
    });
    if (match === 'exited')
      throw new Error(`${this.name} exited (${String(this.exitCode)}). Its output:\n${this.#output}`);
    return match;
  }

  /** Sends a signal without waiting for what follows. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits until the process is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.running) this.#child.kill(signal);
    await this.exited();
    return this.#child.exitCode;
  }

  /** Waits until the process is gone. */
  async exited(): Promise<number | null> {
    if (this.running) await this.#exited;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}

/**
 * Starts an app from its build (`apps/<name>/dist/main.js`) with the Node that runs this.
 *
 * It gets only the environment given, so that a suite does not depend on the machine it runs on.
 */
export function startApp(name: AppName, { env = {}, args = [] }: AppOptions = {}): AppProcess {
  const main = resolve(workspaceRoot, 'apps', name, 'dist', 'main.js');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new AppProcess(name, child);
}
