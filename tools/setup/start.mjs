/** `npm start`: sets up what is missing, then runs the main job on Node 24 with the arguments given. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setUp } from './setup.mjs';
import { SetupError, workspaceRoot } from './steps.mjs';

try {
  const node = await setUp();
  const main = join(workspaceRoot, 'apps', 'standalone', 'src', 'main.ts');
  const child = spawn(node, ['--conditions=@eventing-kafka/source', main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the whole process group; this one waits for the other to finish its drain.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
