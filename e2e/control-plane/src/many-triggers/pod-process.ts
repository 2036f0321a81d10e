import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Clock ticks a second of `/proc/<pid>/stat`; Linux has it fixed at 100 for user space. */
const ticksPerSecond = 100;

/** The process of a Pod, as Linux sees it. */
export interface PodProcess {
  readonly pid: number;
  /** Resident memory in MiB. */
  rssMiB(): number;
  /** The most it ever was, in MiB. */
  peakRssMiB(): number;
  /** CPU time since its start, user plus system, in milliseconds (to 10 ms). */
  cpuMs(): number;
}

/**
 * The process in which a Pod of this machine runs node.
 *
 * @throws Error when there is none
 */
export function podProcess(podName: string): PodProcess {
  const pid = readdirSync('/proc')
    .map(Number)
    .find((candidate) => candidate > 0 && runsNodeOf(candidate, podName));
  if (pid === undefined) throw new Error(`No process of Pod ${podName} runs on this machine`);
  return {
    pid,
    rssMiB: () => mebibytes(pid, 'VmRSS'),
    peakRssMiB: () => mebibytes(pid, 'VmHWM'),
    cpuMs: () => cpuMs(pid),
  };
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses and may hold blanks; what follows it is regular.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

function mebibytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024);
}

/** The shells around it have the same variables, but are not node. */
function runsNodeOf(pid: number, podName: string): boolean {
  return gone(
    false,
    () =>
      readlinkSync(`/proc/${pid}/exe`).endsWith('/node') &&
      readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOSTNAME=${podName}`),
  );
}

/** Processes come and go while one looks, and kernel threads have no files. */
function gone<T>(otherwise: T, look: () => T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
