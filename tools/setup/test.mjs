/** `npm test`: sets up what is missing, then runs the fast tests of every project. More arguments go to Nx. */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { setUp } from './setup.mjs';
import { SetupError, workspaceRoot } from './steps.mjs';

try {
  const node = await setUp();
  const nx = join(workspaceRoot, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const { status } = spawnSync(
    node,
    [nx, 'run-many', '--target=test', '--output-style=static', ...process.argv.slice(2)],
    {
      cwd: workspaceRoot,
      stdio: 'inherit',
      env: { ...process.env, NX_DAEMON: 'false', PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    },
  );
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
