import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const workspaceRoot = resolve(import.meta.dirname, '../../..');
const scope = '@eventing-kafka/';

/** What this suite reads of a library's `package.json`. */
export interface LibraryManifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly private?: boolean;
}

/** A folder outside the workspace with packages installed as a user would have them. */
export interface PackageFolder extends AsyncDisposable {
  readonly path: string;
  /** Runs the Node of this process there and gives back its standard output; an exit code other than 0 is an error. */
  node(...args: readonly string[]): Promise<string>;
}

/** Folder names of all libraries that are published. */
export async function publishedLibraries(): Promise<readonly string[]> {
  const folders = await readdir(join(workspaceRoot, 'libs'));
  const manifests = await Promise.all(folders.map(readManifest));
  return folders.filter((_, index) => manifests[index]?.private !== true).sort();
}

/** The manifest of `libs/<library>`. */
export async function readManifest(library: string): Promise<LibraryManifest> {
  return JSON.parse(await readFile(join(workspaceRoot, 'libs', library, 'package.json'), 'utf8')) as LibraryManifest;
}

/** The README of `libs/<library>`. */
export async function readReadme(library: string): Promise<string> {
  return readFile(join(workspaceRoot, 'libs', library, 'README.md'), 'utf8');
}

/** The library and those of ours that it needs, directly or not. */
async function withDependencies(library: string, found = new Set<string>()): Promise<ReadonlySet<string>> {
  if (found.has(library)) return found;
  found.add(library);
  const { dependencies = {} } = await readManifest(library);
  for (const name of Object.keys(dependencies)) {
    if (name.startsWith(scope)) await withDependencies(name.slice(scope.length), found);
  }
  return found;
}

/** Packs every library into `folder` and gives back the tarball of each. */
export async function packAll(libraries: readonly string[], folder: string): Promise<ReadonlyMap<string, string>> {
  const arguments_ = ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`];
  const workspaces = libraries.map((library) => `--workspace=${scope}${library}`);
  const { stdout } = await run('npm', [...arguments_, ...workspaces], { cwd: workspaceRoot, maxBuffer: 64 * 2 ** 20 });
  const packed = JSON.parse(stdout) as
    | readonly { readonly name: string; readonly filename: string }[]
    | Readonly<Record<string, { readonly name: string; readonly filename: string }>>;
  return new Map(
    Object.values(packed).map(({ name, filename }) => [
      name.slice(scope.length),
      join(folder, filename.replace(/^@/, '').replace('/', '-')),
    ]),
  );
}

/** Installs a library from its tarball into an empty folder. The ones of ours that it needs come from theirs, all else from the registry. */
export async function installIntoEmptyFolder(
  library: string,
  tarballs: ReadonlyMap<string, string>,
): Promise<PackageFolder> {
  const path = await mkdtemp(join(tmpdir(), `eventing-kafka-${library}-`));
  const own = [...(await withDependencies(library))].map((name) => tarballs.get(name) ?? name);
  const manifest = { name: 'a-user', private: true, type: 'module' };
  await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...own, '@types/node@24', 'typescript@6.0.3'], { cwd: path });
  await provideDriver(path);
  return {
    path,
    async node(...args) {
      const { stdout } = await run(process.execPath, args, { cwd: path, timeout: 60_000 });
      return stdout;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Stands in for the install script of node-rdkafka, which takes minutes: the compiled driver of the workspace is the same. */
async function provideDriver(path: string): Promise<void> {
  const target = join(path, 'node_modules', 'node-rdkafka', 'build');
  if (!existsSync(join(path, 'node_modules', 'node-rdkafka'))) return;
  await mkdir(target, { recursive: true });
  for (const file of ['Release/node-librdkafka.node', 'deps']) {
    await cp(join(workspaceRoot, 'node_modules', 'node-rdkafka', 'build', file), join(target, file), {
      recursive: true,
      dereference: true,
      filter: (source) => !/\.(a|Makefile)$|[/\\]include$|[/\\]librdkafka$/.test(source),
    });
  }
}
