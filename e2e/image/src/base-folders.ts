import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const release = 'bookworm';
const mirror = 'http://deb.debian.org/debian';
/** What the Containerfile's build stages need beside Node, so that they have nothing to install. */
const buildPackages = ['ca-certificates', 'g++', 'make', 'python3', 'libssl-dev', 'libzstd-dev', 'zlib1g-dev'];
/** What `distroless/cc` holds. */
const runtimePackages = ['base-files', 'libc6', 'libssl3', 'libgcc-s1', 'libstdc++6', 'ca-certificates'];

/** Two root file systems that take the place of the images that the Containerfile begins with; no registry is asked. */
export interface BaseFolders {
  /** Debian with a compiler, Node 24 and npm. */
  readonly build: string;
  /** Debian's C and C++ libraries, OpenSSL and root certificates, without Node and without a shell. */
  readonly runtime: string;
  /** Changes with what is in them. */
  readonly key: string;
}

/** `$XDG_CACHE_HOME/eventing-kafka/image`. */
export function cacheFolder({ XDG_CACHE_HOME }: NodeJS.ProcessEnv = process.env): string {
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'eventing-kafka', 'image');
}

/** Makes both with debootstrap and the Node that runs this, once per machine: about a minute. */
export async function provideBaseFolders(): Promise<BaseFolders> {
  const ownText = await readFile(import.meta.filename, 'utf8');
  const key = createHash('sha256')
    .update(`${process.version} ${process.arch}`)
    .update(ownText)
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder(), `base-${key}`);
  const folders = { build: join(folder, 'build'), runtime: join(folder, 'runtime'), key };
  if (existsSync(folder)) return folders;
  // One rename at the end, so that a run that is stopped leaves no half of it.
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await makeBuildFolder(join(draft, 'build'));
    await makeRuntimeFolder(join(draft, 'build'), join(draft, 'runtime'));
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folders;
}

async function makeBuildFolder(folder: string): Promise<void> {
  const include = `--include=${buildPackages.join(',')}`;
  await runCommand('debootstrap', ['--variant=minbase', include, release, folder, mirror]);
  await rm(join(folder, 'var/cache/apt/archives'), { recursive: true });
  const local = join(folder, 'usr/local');
  await addNode(local);
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
}

/** The Node that runs this and its headers, from the package that the `node` package is made of, and the npm of this machine. */
async function addNode(local: string): Promise<void> {
  const node = `node-${process.platform}-${process.arch}`;
  const npmVersion = (await runCommand('npm', ['--version'])).trim();
  const prefix = join(local, 'src');
  const wanted = [`${node}@${process.versions.node}`, `npm@${npmVersion}`];
  await runCommand('npm', ['install', '--no-save', '--prefix', prefix, ...wanted], { cwd: local });
  for (const part of ['bin/node', 'include/node']) {
    await cp(join(prefix, 'node_modules', node, part), join(local, part), { recursive: true });
  }
  await cp(join(prefix, 'node_modules/npm'), join(local, 'lib/node_modules/npm'), { recursive: true });
  await rm(prefix, { recursive: true });
}

/** The files of a few packages, and nothing else: as a base without a shell is made. */
async function makeRuntimeFolder(build: string, runtime: string): Promise<void> {
  const listed = await runCommand('chroot', [build, 'dpkg', '--listfiles', ...runtimePackages]);
  const files = listed
    .split('\n')
    .filter(
      (path) => /^\/(usr|lib|lib64|etc)\//.test(path) && !/^\/usr\/(share\/(doc|man|lintian)|bin|sbin)\//.test(path),
    )
    // These folders are links into usr.
    .map((path) => path.replace(/^\/(lib|lib64)\//, '/usr/$1/').slice(1));
  const links = ['lib', 'lib64'].filter((link) => existsSync(join(build, link)));
  const list = `${runtime}.files`;
  await mkdir(runtime, { recursive: true });
  await writeFile(list, [...links, ...files, 'etc/ssl/certs/ca-certificates.crt', 'tmp'].join('\n'));
  const archive = `${runtime}.tar`;
  await runCommand('tar', [
    '--create',
    `--file=${archive}`,
    `--directory=${build}`,
    '--no-recursion',
    `--files-from=${list}`,
  ]);
  await runCommand('tar', ['--extract', `--file=${archive}`, `--directory=${runtime}`]);
  await rm(archive);
  await rm(list);
  await writeFile(join(runtime, 'etc/passwd'), 'root:x:0:0:root:/root:/sbin/nologin\n');
  await writeFile(join(runtime, 'etc/group'), 'root:x:0:\n');
}
