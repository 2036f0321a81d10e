import { dirname, join } from 'node:path';

/** A folder or file of the machine that a container sees at another place. */
export interface Mount {
  readonly source: string;
  /** Absolute, and without symbolic links on the way: `/run/secrets` rather than `/var/run/secrets`. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** What the file system of a container is made of. */
export interface ContainerRoot {
  /** An empty folder, where it is put together. */
  readonly scratch: string;
  /** Places of the machine that are seen as they are, rather than through a copy: the workspace, the folder of the cluster. */
  readonly shared: readonly string[];
  readonly mounts: readonly Mount[];
  /** The file whose content is `/etc/hosts`; a link to it, so that it may be replaced. */
  readonly hostsFile: string;
  readonly hostname: string;
  readonly workingDir: string;
  readonly readOnly: boolean;
}

/**
 * The command that runs `argv` in a file system of its own: the machine's, through a copy-on-write layer in memory, with the mounts over it. What it
 * writes elsewhere is gone with it, as in a container.
 *
 * The program takes the place of this command, so that signals and the exit code are its own; the kernel kills it when the one that started it dies.
 *
 * Only root may do this: a user namespace would let anybody mount, but refuses a layer over `/`.
 *
 * @param mountPoints of the machine, all but `/`; see {@link topMountPoints}
 */
export function commandInRoot(
  argv: readonly string[],
  root: ContainerRoot,
  mountPoints: readonly string[],
): [string, ...string[]] {
  const merged = join(root.scratch, 'root');
  const inside = (path: string): string => quoted(join(merged, path));
  const layer = (index: number, lower: string, target: string): string[] => {
    const upper = join(root.scratch, `upper-${index}`);
    const work = join(root.scratch, `work-${index}`);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    return [`mkdir ${quoted(upper)} ${quoted(work)}`, `mount -t overlay -o ${quoted(options)} pod ${target}`];
  };
  const bind = ({ source, target, readOnly }: Mount): string[] => [
    // A mount point is made of the kind that its source is.
    `if [ -d ${quoted(source)} ]; then mkdir -p ${inside(target)}; else mkdir -p ${inside(dirname(target))}; : >> ${inside(target)}; fi`,
    `mount --rbind ${quoted(source)} ${inside(target)}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${inside(target)}`] : []),
  ];
  const asItIs = (path: string): Mount => ({ source: path, target: path, readOnly: false });
  // Shallow places first, so that none hides a deeper one.
  const mounts = [...root.mounts, ...root.shared.map(asItIs)].sort((a, b) => a.target.length - b.target.length);
  const isParent = (path: string): boolean => mounts.some(({ target }) => target.startsWith(`${path}/`));
  const script = [
    'set -eu',
    `mount -t tmpfs -o mode=0755 pod ${quoted(root.scratch)}`,
    `mkdir ${quoted(merged)}`,
    ...layer(0, '/', quoted(merged)),
    ...mountPoints.flatMap((path, index) =>
      // A place that gets mounts of its own is seen through a layer, or the folders for them would be made on the machine.
      isParent(path) ? layer(index + 1, path, inside(path)) : [`mount --rbind ${quoted(path)} ${inside(path)}`],
    ),
    ...mounts.flatMap(bind),
    `ln -sfn ${quoted(root.hostsFile)} ${inside('/etc/hosts')}`,
    `hostname ${quoted(root.hostname)}`,
    ...(root.readOnly ? [`mount -o remount,ro ${quoted(merged)}`] : []),
    `exec chroot ${quoted(merged)} setpriv --pdeathsig KILL -- sh -c 'cd "$1" && shift && exec "$@"' sh ${quoted(root.workingDir)} "$@"`,
  ].join('\n');
  return ['unshare', '--mount', '--uts', '--propagation', 'private', '--', 'sh', '-c', script, 'pod', ...argv];
}

/**
 * Mount points that no other one holds, from the text of `/proc/self/mountinfo`; not among them are `/` and `/etc/hosts`, which a container
 * engine mounts and a Pod replaces.
 */
export function topMountPoints(mountInfo: string): string[] {
  const points = mountInfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '/')
    .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((path) => !['', '/', '/etc/hosts'].includes(path));
  const distinct = [...new Set(points)];
  return distinct.filter((path) => !distinct.some((other) => path.startsWith(`${other}/`)));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
