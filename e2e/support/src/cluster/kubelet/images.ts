import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Container } from '../kubernetes-objects.ts';

/** The program that an image stands for. */
export interface ImageProgram {
  /** What the image would have as its entrypoint: an executable and its first arguments. */
  readonly command: readonly string[];
  /** Variables that the image would set; those of the container win. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs, `/` unless told or the container says. */
  readonly workingDir?: string;
}

/** Says what an image stands for; undefined leaves it to {@link builtImages}. */
export type Images = (image: string, container: Container) => ImageProgram | undefined;

/** There is nothing to run for an image; the message says what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

const workspaceRoot = resolve(import.meta.dirname, '../../../../..');

/**
 * Images whose name begins with `eventing-kafka` are this repository's, which picks an app by its first argument: the app's build is run from the workspace. Of
 * any other image the command of the container is run, if it has one, from this machine's path.
 *
 * @throws ImageError
 */
export function builtImages(image: string, container: Container): ImageProgram {
  const name = image
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .replace(/^.*\//, '');
  if (!name.startsWith('eventing-kafka')) {
    if (container.command !== undefined) return { command: [] };
    throw new ImageError(
      `Nothing is known of image ${image}: give its container a command, or startCluster an \`images\` function`,
    );
  }
  const entrypoint = join(workspaceRoot, 'tools/image/src/entrypoint.mjs');
  const [app = ''] = container.args ?? [];
  const build = join(workspaceRoot, 'apps', app, 'dist/main.js');
  if (app === '' || !existsSync(build)) {
    throw new ImageError(`Image ${image} runs the app "${app}", which is not built: npx nx run-many -t build`);
  }
  return {
    command: [process.execPath, entrypoint],
    env: { NODE_ENV: 'production', EVENTING_KAFKA_APPS: join(workspaceRoot, 'apps') },
  };
}
