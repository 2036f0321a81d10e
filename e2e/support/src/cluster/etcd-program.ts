import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ClusterError } from './cluster-error.ts';

/**
 * etcd: from `KUBEBUILDER_ASSETS`, else from the path, else installed from Debian when we are root (3.4 is enough). Debian's own service is
 * not started on the way.
 *
 * @throws ClusterError `CLUSTER_ETCD_MISSING`
 */
export async function findEtcd(env: NodeJS.ProcessEnv): Promise<string> {
  const folders = [env['KUBEBUILDER_ASSETS'] ?? '', ...(env['PATH'] ?? '').split(delimiter)];
  const found = await firstExecutable(folders, 'etcd');
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && (await firstExecutable(folders, 'apt-get')) !== undefined) {
    console.error('installing etcd (apt-get install etcd-server)');
    await installFromDebian().catch((cause: unknown) => {
      throw etcdMissing(cause);
    });
    const installed = await firstExecutable(folders, 'etcd');
    if (installed !== undefined) return installed;
  }
  throw etcdMissing();
}

async function installFromDebian(): Promise<void> {
  // systemd starts nothing that is masked, and the mask of /run is gone after a reboot; without systemd nothing would start anyway.
  await run('systemctl', ['mask', '--runtime', 'etcd.service']).catch(() => undefined);
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'etcd-server'];
  await run('apt-get', install).catch(async () => {
    await run('apt-get', ['update', '-qq']);
    await run('apt-get', install);
  });
}

async function firstExecutable(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ')} ended with exit code ${code ?? 'none'}`));
    });
  });
}

function etcdMissing(cause?: unknown): ClusterError {
  const remedy =
    'install it (Debian: apt-get install etcd-server), or set KUBEBUILDER_ASSETS to a folder with it, or KUBECONFIG to a cluster that runs';
  return new ClusterError('CLUSTER_ETCD_MISSING', `etcd cannot be found: ${remedy}`, { cause });
}
