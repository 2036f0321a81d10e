import { readFileSync } from 'node:fs';

/** Clock ticks a second of `/proc/<pid>/stat`; Linux has it fixed at 100 for user space. */
const ticksPerSecond = 100;

/**
 * CPU time a process has used since it started, user plus system, in microseconds (to 10 ms).
 *
 * @throws Error where there is no `/proc`, or no such process
 */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses and may hold blanks; what follows it is regular.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks / ticksPerSecond) * 1e6;
}
