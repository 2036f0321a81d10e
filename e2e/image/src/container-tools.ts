import { spawnSync } from 'node:child_process';

const needed = ['buildah', 'debootstrap'] as const;

function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * Sees to it that an image can be built here: installs what is missing, where that is possible.
 *
 * @throws Error naming what is missing and how to get it
 */
export function requireContainerTools(): void {
  if (process.getuid?.() !== 0) {
    throw new Error('This suite makes a root file system and runs apps in it: run it as root');
  }
  const missing = needed.filter((command) => !isInstalled(command));
  if (missing.length === 0) return;
  const remedy = `install ${missing.join(' and ')} (Debian: apt-get install ${missing.join(' ')}) and run this again`;
  const installed = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (installed.status !== 0 || !needed.every(isInstalled)) {
    throw new Error(`Images are built with ${needed.join(' and ')}: ${remedy}\n${installed.stderr}`);
  }
}
