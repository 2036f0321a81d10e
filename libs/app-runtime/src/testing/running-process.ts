import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a test waits for a process to say or do something. */
const deadlineMs = 30_000;
const pollMs = 10;

/** How to start a process. */
export interface ProcessOptions {
  /** Settings. Beside them it gets PATH and HOME, and nothing else of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A process under test, with what it printed so far. Disposing kills it, if it still runs, and waits for its end. */
export interface RunningProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Waits for a match on standard output. Rejects, with all it printed, when the process ends without it or takes more than 30 s. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for the log line, as JSON, with this message. Rejects as `printed` does. */
  logged(message: string): Promise<Readonly<Record<string, string>>>;
  /** Waits for its end. Null: it was killed. */
  exitCode(): Promise<number | null>;
}

/** Starts Node with these arguments and the conditions that this process has, so that both run sources or both run builds. */
export function startProcess(nodeArguments: readonly string[], { env = {}, cwd }: ProcessOptions = {}): RunningProcess {
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [...conditions, ...nodeArguments], {
    env: { PATH, HOME, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new StartedProcess(child);
}

/** Waits until a GET of `path` is answered with this status. Rejects when nobody answers, or after 30 s. */
export async function untilStatus(status: number, path: string, base?: string): Promise<void> {
  const deadline = AbortSignal.timeout(deadlineMs);
  while ((await fetch(new URL(path, base), { signal: deadline })).status !== status) await delay(pollMs);
}

class StartedProcess implements RunningProcess {
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #ended = false;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#closed = once(child, 'close').finally(() => (this.#ended = true));
  }

  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#waitFor(String(pattern), () => pattern.exec(this.stdout));
  }

  logged(message: string): Promise<Readonly<Record<string, string>>> {
    return this.#waitFor(message, () => {
      const entries = this.stdout.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
      return entries
        .map((line) => JSON.parse(line) as Record<string, string>)
        .find((entry) => entry['message'] === message);
    });
  }

  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.child.exitCode;
  }

  async #waitFor<Found>(what: string, find: () => Found | null | undefined): Promise<Found> {
    for (const startedAt = performance.now(); ; await delay(pollMs)) {
      // Asked before looking: what was printed last counts.
      const over = this.#ended || performance.now() - startedAt > deadlineMs;
      const found = find() ?? undefined;
      if (found !== undefined) return found;
      if (over) throw new Error(`never printed ${what}:\n${this.stdout}${this.stderr}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
  }
}
