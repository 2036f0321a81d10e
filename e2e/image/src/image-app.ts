import { spawn } from 'node:child_process';
import { type AppName, type AppOptions, AppProcess } from '@eventing-kafka/e2e-support';
import type { ImageConfig } from './image-store.ts';

/** An image that is unpacked: its file system and how it wants to be started. */
export interface UnpackedImage {
  readonly root: string;
  readonly config: ImageConfig;
}

/**
 * Starts an app as a container engine would: in the image's file system, as its user, by its entrypoint, with its environment and
 * no other but what is given.
 */
export function startFromImage(
  { root, config }: UnpackedImage,
  name: AppName,
  { env = {}, args = [] }: AppOptions = {},
): AppProcess {
  const ofImage = Object.fromEntries(
    (config.Env ?? []).map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  const userspec = `--userspec=${config.User ?? 'root'}`;
  // By its path here, as the PATH of the image is none of this machine.
  const child = spawn('/usr/sbin/chroot', [userspec, root, ...(config.Entrypoint ?? []), name, ...args], {
    env: { ...ofImage, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new AppProcess(name, child);
}
