import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LocalKafkaError } from './local-kafka-error.ts';

/**
 * Runs a program and stays with it: says its process id, ends when it ends, and kills it when our standard input closes,
 * which happens whatever way the parent ends, SIGKILL included. `$1` is a folder to remove in that case, or empty.
 */
const watchdog = `
exec 3<&0
folder=$1
shift
"$@" </dev/null >/dev/null &
program=$!
echo "$program"
exec >/dev/null
( while read -r _ <&3; do :; done
  kill -KILL "$program"
  [ -z "$folder" ] || rm -rf "$folder" ) &
watch=$!
wait "$program"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
`;

/** A JVM that cannot outlive this process. */
export interface KafkaProcess {
  readonly pid: number;
  /** Resolves when it ended, with the last of what it wrote to standard error. */
  readonly ended: Promise<string>;
  readonly running: boolean;
  signal(signal: NodeJS.Signals): void;
}

/** Starts `java` with these arguments. `removeWhenOrphaned` is a folder to remove when this process dies first. */
export async function startJava(args: readonly string[], removeWhenOrphaned?: string): Promise<KafkaProcess> {
  // A session of its own: Ctrl-C reaches us, and we decide when Kafka stops.
  const shell = spawn('sh', ['-c', watchdog, 'kafka-watchdog', removeWhenOrphaned ?? '', 'java', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let running = true;
  let errors = '';
  shell.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-8000);
  });
  // Writing never happens; an EPIPE when the shell is gone is no news.
  shell.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    shell.on('close', () => {
      running = false;
      resolve(errors);
    });
  });
  const pid = await firstLine(shell, ended);
  return {
    pid,
    ended,
    get running() {
      return running;
    },
    signal(signal) {
      if (!running) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}

/** Runs `java` to its end. */
export async function runJava(args: readonly string[]): Promise<void> {
  const java = spawn('java', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  java.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-8000);
  });
  const [code] = (await once(java, 'close')) as [number | null];
  if (code !== 0) {
    throw new LocalKafkaError(
      'LOCAL_KAFKA_START_FAILED',
      `Kafka's data folder could not be prepared: ${reasonIn(errors)}`,
    );
  }
}

/** The major version of `java` on the path. */
export async function checkJava(): Promise<void> {
  const remedy =
    'install Java 17 or newer (Debian: apt-get install default-jre-headless), or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs';
  const output = await new Promise<string>((resolve, reject) => {
    const java = spawn('java', ['-version'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    java.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    java.on('error', (cause) => {
      reject(new LocalKafkaError('LOCAL_KAFKA_JAVA_MISSING', `java cannot be run: ${remedy}`, cause));
    });
    java.on('close', () => {
      resolve(text);
    });
  });
  const major = Number(/version "(?:1\.)?(\d+)/.exec(output)?.[1] ?? Number.NaN);
  if (!(major >= 17)) {
    throw new LocalKafkaError('LOCAL_KAFKA_JAVA_MISSING', `java is too old for Kafka (${reasonIn(output)}): ${remedy}`);
  }
}

/** The line that says why, of what Java wrote: the first one about an exception, or the last that is no stack frame. */
export function reasonIn(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at '));
  return lines.find((line) => /\b\w*(Exception|Error)\b/.test(line)) ?? lines.at(-1) ?? 'it gave no reason';
}

async function firstLine(shell: ChildProcess, ended: Promise<string>): Promise<number> {
  const line = await new Promise<string>((resolve, reject) => {
    shell.stdout?.once('data', (chunk: Buffer) => {
      resolve(chunk.toString());
    });
    shell.once('error', reject);
    void ended.then((errors) => {
      reject(new LocalKafkaError('LOCAL_KAFKA_START_FAILED', `Kafka did not start: ${reasonIn(errors)}`));
    });
  });
  return Number(line.trim());
}
