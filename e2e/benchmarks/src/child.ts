import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sourceCondition = '--conditions=@eventing-kafka/source';

/** Runs a script of this folder to its end and reads the JSON it printed last. */
export async function runScript<T>(script: string, ...args: readonly string[]): Promise<T> {
  const file = join(import.meta.dirname, script);
  const { stdout } = await run(process.execPath, [sourceCondition, file, ...args], { maxBuffer: 16 * 2 ** 20 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}

/** A server script that runs until disposed. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

/** Starts a script that prints its port as its first line. */
export async function startServer(script: string, ...args: readonly string[]): Promise<ServerProcess> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null || child.pid === undefined) throw new Error(`${script} did not start`);
  const { value: port, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done === true) throw new Error(`${script} ended without a port`);
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      return Promise.resolve();
    },
  };
}
