import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError } from './cluster-error.ts';

/** Something to build once per machine. */
export interface CachedBuild {
  /** What the folder in the cache is called; `key` is appended. */
  readonly name: string;
  /** Everything the result depends on. */
  readonly key: readonly (string | Buffer)[];
  /** Said when a build is about to begin. */
  readonly announcement: string;
  /** Puts the result into an empty folder. */
  readonly build: (folder: string) => Promise<void>;
}

/**
 * The folder in the cache that holds the result of `build`; built now, if it is not there yet.
 *
 * It is built beside its place and then renamed, so that an interrupted build leaves nothing that looks complete; who comes second waits for
 * who is building. `$XDG_CACHE_HOME` or `~/.cache` is the cache, outside of any work tree, because a fresh clone wants the same programs.
 */
export async function cachedBuild(
  { name, key, announcement, build }: CachedBuild,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const hash = key.reduce((sum, part) => sum.update(part).update('\0'), createHash('sha256')).digest('hex');
  const folder = join(cacheFolder(env), `${name}-${hash.slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const lock = await locked(folder);
  try {
    if (existsSync(folder)) return folder;
    await mkdir(dirname(folder), { recursive: true });
    await removeInterrupted(folder);
    const startedAt = Date.now();
    console.error(announcement);
    const work = await mkdtemp(`${folder}.building-`);
    try {
      await build(work);
      await rename(work, folder);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    console.error(`done after ${Math.round((Date.now() - startedAt) / 1000)} s, kept in ${folder}`);
    return folder;
  } finally {
    lock.close();
  }
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'];
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'eventing-kafka');
}

/** We hold the lock: whatever else is being built under this name is not being built any more. */
async function removeInterrupted(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.building-`)) {
      await rm(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

/** A socket in Linux' abstract namespace is a lock that its owner cannot leave behind. */
async function locked(folder: string): Promise<Server> {
  for (let waits = 0; ; waits++) {
    const server = createServer().unref();
    const listening = await new Promise<boolean>((resolve, reject) => {
      server.once('listening', () => resolve(true));
      server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(error);
      });
      server.listen({ path: `\0${folder}` });
    });
    if (listening) return server;
    if (waits === 0) console.error(`waiting for another process that builds ${basename(folder)}`);
    // Nothing tells when the other one is done, and it takes minutes.
    await delay(500);
  }
}

/** Runs Go, letting what it says on the way through. */
export function runGo(args: readonly string[], options: { cwd?: string; env?: Record<string, string> }): Promise<void> {
  return new Promise((resolve, reject) => {
    // It takes minutes, and must not go on when we are gone.
    const go = spawn('setpriv', ['--pdeathsig', 'TERM', '--', 'go', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
    });
    // `go version` ran before.
    go.once('error', (cause) => {
      const what = 'The test cluster needs Linux with util-linux (setpriv); set KUBECONFIG to a cluster that runs';
      reject(new ClusterError('CLUSTER_UNSUPPORTED', what, { cause }));
    });
    go.once('close', (code) => {
      if (code === 0) return resolve();
      const what = `go ${args.join(' ')} failed (exit code ${code ?? 'none'}); its output stands above`;
      reject(new ClusterError('CLUSTER_BUILD_FAILED', what));
    });
  });
}

/** What `go version` says: another compiler gives other programs. */
export function goVersion(): Promise<string> {
  return new Promise((resolve, reject) => {
    const go = spawn('go', ['version'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    go.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    go.once('error', (cause) => reject(goMissing(cause)));
    go.once('close', () => resolve(text.trim()));
  });
}

/** The files of a folder that a result depends on. */
export function contents(folder: string, names: readonly string[]): Promise<Buffer[]> {
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

function goMissing(cause: Error): ClusterError {
  const remedy =
    'install Go 1.25 or newer (https://go.dev/dl), or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, ' +
    'kube-controller-manager, kubectl and etcd, or KUBECONFIG to a cluster that runs';
  return new ClusterError('CLUSTER_GO_MISSING', `Go is needed once to build Kubernetes and cannot be run: ${remedy}`, {
    cause,
  });
}
