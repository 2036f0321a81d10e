import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { delimiter, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Container, Pod, Volume } from '../kubernetes-objects.ts';
import { writeAtomically } from './atomic-folder.ts';
import { containerVariables, MissingReference, type PodWorld } from './container-environment.ts';
import { type ContainerProcess, startContainerProcess } from './container-process.ts';
import { builtImages, type Images } from './images.ts';
import { commandInRoot, type Mount, topMountPoints } from './pod-root.ts';
import { expandVariables } from './variable-expansion.ts';
import { type TokenSource, volumeFiles } from './volume-files.ts';

/** What all Pods of a node share. */
export interface NodeRuntime {
  /** Where Pods keep their volumes and logs. */
  readonly folder: string;
  /** Where the names of Services are kept, a file for each namespace. */
  readonly namesFolder: string;
  /** Address of the Service `kubernetes`. */
  readonly apiServerAddress: string;
  readonly images: Images;
  readonly tokens: TokenSource;
}

const workspaceRoot = realpathSync(resolve(import.meta.dirname, '../../../../..'));
const preload = pathToFileURL(join(import.meta.dirname, `pod-preload${extname(import.meta.filename)}`)).href;

/** The files and processes of one Pod. */
export class PodRuntime {
  readonly #node: NodeRuntime;
  readonly #world: PodWorld;
  readonly #folder: string;

  /** `world` says what the Pod refers to, as it is when asked. */
  constructor(pod: Pod, node: NodeRuntime, world: PodWorld) {
    this.#node = node;
    this.#world = world;
    this.#folder = join(node.folder, pod.metadata.uid);
  }

  /**
   * Makes the volumes, or brings what they hold up to date.
   *
   * @throws MissingReference
   */
  async writeVolumes(pod: Pod): Promise<void> {
    const volumes = (pod.spec.volumes ?? []).filter(({ hostPath }) => hostPath === undefined);
    const written = await Promise.allSettled(volumes.map((volume) => this.#writeVolume(pod, volume)));
    // One that lacks something does not keep the others from being up to date.
    for (const volume of written) if (volume.status === 'rejected') throw volume.reason;
  }

  /** Where the output of a container goes. */
  logFile(container: string): string {
    mkdirSync(this.#folder, { recursive: true });
    return join(this.#folder, `${container}.log`);
  }

  /**
   * Starts a container. Its volumes must have been written.
   *
   * @throws MissingReference, ImageError
   */
  async start(pod: Pod, container: Container): Promise<ContainerProcess> {
    const image = container.image ?? '';
    const own = containerVariables(pod, container, this.#world);
    const expanded = (list: readonly string[]): string[] => list.map((text) => expandVariables(text, own));
    const args = expanded(container.args ?? []);
    const asked = { ...container, args };
    const program = this.#node.images(image, asked) ?? builtImages(image, asked);
    const argv = [...(container.command === undefined ? program.command : expanded(container.command)), ...args];

    const scratch = join(this.#folder, 'roots', container.name);
    await mkdir(scratch, { recursive: true });
    const hostname = pod.spec.hostname ?? pod.metadata.name;
    const hostsFile = join(this.#node.namesFolder, pod.metadata.namespace);
    const command = commandInRoot(
      argv,
      {
        scratch,
        shared: [realpathSync(dirname(this.#node.folder)), workspaceRoot, dirname(process.execPath)],
        mounts: this.#mounts(pod, container),
        hostsFile,
        hostname,
        workingDir: container.workingDir ?? program.workingDir ?? '/',
        readOnly: container.securityContext?.readOnlyRootFilesystem === true,
      },
      topMountPoints(readFileSync('/proc/self/mountinfo', 'utf8')),
    );
    const env = {
      PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
      HOME: '/root',
      HOSTNAME: hostname,
      KUBERNETES_SERVICE_HOST: this.#node.apiServerAddress,
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      ...program.env,
      ...own,
      CLUSTER_POD_IP: this.#world.place.podIp,
      CLUSTER_NAMES_FILE: hostsFile,
      NODE_OPTIONS: `--import=${preload} ${own['NODE_OPTIONS'] ?? ''}`.trimEnd(),
    };
    return startContainerProcess(command, env, this.logFile(container.name));
  }

  async #writeVolume(pod: Pod, volume: Volume): Promise<void> {
    const files = await volumeFiles(pod, volume, this.#world, this.#node.tokens);
    if (files !== undefined) await writeAtomically(this.#volumeFolder(volume), files);
    else if (volume.emptyDir !== undefined) await mkdir(this.#volumeFolder(volume), { recursive: true });
    else throw new MissingReference(`volume ${volume.name} is of a kind that this kubelet does not play`);
  }

  #mounts(pod: Pod, container: Container): Mount[] {
    return (container.volumeMounts ?? []).map(({ name, mountPath, subPath, readOnly = false }) => {
      const volume = pod.spec.volumes?.find((candidate) => candidate.name === name);
      if (volume === undefined) throw new MissingReference(`volume ${name} is not among those of the Pod`);
      const folder = volume.hostPath?.path ?? this.#volumeFolder(volume);
      // A part of a volume is what it is when the container starts.
      const source = subPath === undefined ? folder : subPathOf(folder, subPath, volume.emptyDir !== undefined);
      return { source, target: withoutLinks(mountPath), readOnly };
    });
  }

  #volumeFolder({ name }: Volume): string {
    return join(this.#folder, 'volumes', name);
  }
}

/** The machine, for limits that a container does not set. */
export const machineResources = { cpu: cpus().length, memory: totalmem() };

function subPathOf(folder: string, subPath: string, mayBeMade: boolean): string {
  const path = join(folder, subPath);
  if (mayBeMade) mkdirSync(path, { recursive: true });
  try {
    return realpathSync(path);
  } catch {
    throw new MissingReference(`subPath ${subPath} is not in its volume`);
  }
}

/** A path as it is when the symbolic links that exist on the way are followed. */
function withoutLinks(path: string): string {
  const parent = dirname(path);
  try {
    return realpathSync(path);
  } catch {
    return parent === path ? path : join(withoutLinks(parent), path.slice(parent.length));
  }
}
