import { spawn } from 'node:child_process';

/**
 * Runs a command to its end.
 *
 * @returns what it wrote to standard output
 * @throws Error with the last of its output when it fails
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all = (all + text).slice(-20_000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all = (all + text).slice(-20_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed with ${String(code)}:\n${all}`);
  return stdout;
}
