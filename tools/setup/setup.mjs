/**
 * Brings a clone to where everything runs: dependencies, Node 24, the compiled Kafka driver. Does nothing, in well under a
 * second, when all is up to date. Plain JavaScript without dependencies, because it runs before anything is installed, on
 * any Node from 18 on.
 *
 *     node tools/setup/setup.mjs
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { driverIsBuilt, installDriver } from './kafka-driver.mjs';
import { run, SetupError, workspaceRoot } from './steps.mjs';

const modules = join(workspaceRoot, 'node_modules');
const nodePackage = join(modules, 'node');
const stampFile = join(modules, '.eventing-kafka-setup');

/**
 * Runs the steps that are due.
 *
 * @returns {Promise<string>} path of the Node 24 executable that runs this project
 * @throws {SetupError} when a step fails; its message says which and what to do
 */
export async function setUp() {
  await installDependencies();
  const node = await provideNode24();
  if (!driverIsBuilt()) await installDriver(node);
  return node;
}

/** `npm ci`, when the lock file is not the one that was installed last. */
async function installDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(workspaceRoot, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return;
  await run(
    'Installing dependencies (npm ci)',
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--loglevel=error'],
    {
      remedy: 'npm must reach its registry; the output above says what it missed.',
    },
  );
  writeFileSync(stampFile, lock);
}

/**
 * Node 24 from the `node` package, unless it is Node 24 that runs this. Its install script is one of the two this project
 * runs on purpose; it installs the package of this platform below its own folder.
 */
async function provideNode24() {
  const ownNode = process.execPath.startsWith(modules);
  if (process.versions.node.startsWith('24.') && !ownNode) return process.execPath;
  const executable = join(nodePackage, 'bin', 'node');
  if (!existsSync(executable)) {
    const { version } = JSON.parse(readFileSync(join(nodePackage, 'package.json'), 'utf8'));
    await run(
      `Fetching Node ${version}`,
      // When it was this package's Node that began the set-up, `npm ci` has just removed it.
      ownNode ? 'node' : process.execPath,
      ['installArchSpecificPackage.js'],
      {
        cwd: nodePackage,
        remedy: `Install Node 24 yourself and run this again with it, if the package "node@${version}" has no build for ${process.platform}-${process.arch}.`,
      },
    );
  }
  // With this link, `npx nx …` runs on Node 24 too: npx and Nx put node_modules/.bin in front of PATH.
  const link = join(modules, '.bin', 'node');
  if (!existsSync(link)) {
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(join('..', 'node', 'bin', 'node'), link);
  }
  return executable;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await setUp();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
