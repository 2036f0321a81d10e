import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that a test starts and kills. */
export interface TestProcess extends AsyncDisposable {
  readonly output: string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** Starts `egress-process.ts`. */
export function startEgressProcess(...args: readonly string[]): TestProcess {
  const script = fileURLToPath(new URL('egress-process.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--conditions=@eventing-kafka/source', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const ended = once(child, 'exit');
  return {
    get output() {
      return output;
    },
    signal: (signal) => void child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGCONT');
        child.kill('SIGKILL');
        await ended;
      }
    },
  };
}
