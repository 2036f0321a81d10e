/**
 * Compiles the native part of `node-rdkafka`, once per machine: what a build gives is kept outside the work tree under a name
 * made of everything that decides its content.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { run, SetupError, workspaceRoot } from './steps.mjs';

const driverFolder = join(workspaceRoot, 'node_modules', 'node-rdkafka');
const sharedLibrary =
  process.platform === 'darwin'
    ? ['librdkafka.1.dylib', 'librdkafka++.1.dylib']
    : ['librdkafka.so.1', 'librdkafka++.so.1'];
/** What the driver loads at run time, below its `build` folder. */
const artifacts = [join('Release', 'node-librdkafka.node'), ...sharedLibrary.map((name) => join('deps', name))];

/** Whether the driver in `node_modules` is compiled. */
export function driverIsBuilt() {
  return artifacts.every((file) => existsSync(join(driverFolder, 'build', file)));
}

/**
 * Puts the compiled driver in place, from the cache or by compiling it for `node`.
 *
 * @param {string} node the Node executable that will load it
 * @throws {SetupError} when it cannot be compiled
 */
export async function installDriver(node) {
  const features = optionalFeatures();
  const cached = join(cacheFolder(), 'node-rdkafka', buildName(node, features));
  if (!artifacts.every((file) => existsSync(join(cached, file)))) {
    await compile(node, features);
    keep(cached);
    return;
  }
  cpSync(cached, join(driverFolder, 'build'), { recursive: true });
}

/** `$XDG_CACHE_HOME/eventing-kafka`, usually `~/.cache/eventing-kafka`. */
export function cacheFolder(env = process.env) {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'eventing-kafka');
}

function buildName(node, features) {
  const { version } = JSON.parse(readFileSync(join(driverFolder, 'package.json'), 'utf8'));
  const ask = 'process.stdout.write([process.versions.modules, process.platform, process.arch].join("-"))';
  const abi = execFileSync(node, ['-e', ask], { encoding: 'utf8' });
  const present = features.filter(({ found }) => found).map(({ name }) => name);
  return [version, abi, ...present].join('-');
}

/** What the driver gains from libraries of the machine. It builds without them, and then lacks the feature. */
function optionalFeatures() {
  return [
    { name: 'zstd', header: 'zstd.h', packageName: 'libzstd-dev', lost: 'topics compressed with zstd cannot be read' },
    { name: 'ssl', header: 'openssl/ssl.h', packageName: 'libssl-dev', lost: 'no TLS and no SASL/SCRAM towards Kafka' },
  ].map((feature) => ({ ...feature, found: hasHeader(feature.header) }));
}

function hasHeader(header) {
  try {
    execFileSync(process.env.CC || 'cc', ['-E', '-x', 'c', '-'], {
      input: `#include <${header}>\n`,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return true;
  } catch {
    return false;
  }
}

async function compile(node, features) {
  for (const { tool, packages } of missingTools()) {
    throw new SetupError(
      `Compiling the Kafka driver needs ${tool}, which is not here. Install it (Debian: apt-get install ${packages}) and run this again.`,
    );
  }
  for (const { name, packageName, lost } of features.filter(({ found }) => !found)) {
    console.error(
      `Note: the Kafka driver is compiled without ${name}: ${lost}. To have it, install ${packageName}, remove node_modules/node-rdkafka/build and run this again.`,
    );
  }
  const headers = join(dirname(dirname(node)), 'include', 'node');
  const packaged = join(
    workspaceRoot,
    'node_modules',
    'node',
    'node_modules',
    `node-${process.platform}-${process.arch}`,
  );
  const nodeDirectory = [packaged, dirname(dirname(node))].find((folder) =>
    existsSync(join(folder, 'include', 'node', 'node.h')),
  );
  const gyp = join(workspaceRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  // librdkafka's makefiles break under a parallel make.
  delete env.JOBS;
  delete env.MAKEFLAGS;
  for (const name of Object.keys(env)) if (/^npm_config_(nodedir|jobs)$/i.test(name)) delete env[name];
  await run(
    'Compiling the Kafka driver (once per machine and Node version)',
    node,
    [gyp, 'rebuild', ...(nodeDirectory === undefined ? [] : [`--nodedir=${nodeDirectory}`])],
    {
      cwd: driverFolder,
      env,
      expectedSeconds: 120,
      remedy: `It needs a C++ compiler, make and Python 3 (Debian: apt-get install build-essential python3)${nodeDirectory === undefined ? `, and the headers of Node, which were looked for in ${headers}` : ''}.`,
    },
  );
}

function missingTools() {
  return [
    { tool: 'a C++ compiler', command: process.env.CXX || 'c++', packages: 'build-essential' },
    { tool: 'make', command: 'make', packages: 'build-essential' },
    { tool: 'Python 3', command: 'python3', packages: 'python3' },
  ].filter(({ command }) => {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

/** Fills the cache by one rename, so that a set-up stopped half-way, or one running beside it, never leaves half a driver there. */
function keep(cached) {
  const draft = `${cached}.${process.pid}`;
  try {
    for (const file of artifacts) {
      mkdirSync(dirname(join(draft, file)), { recursive: true });
      cpSync(join(driverFolder, 'build', file), join(draft, file), { dereference: true });
    }
    rmSync(cached, { recursive: true, force: true });
    renameSync(draft, cached);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    console.error(
      `Note: the compiled driver could not be kept in ${cached} (${error.message}); the next clone compiles it again.`,
    );
  }
}
