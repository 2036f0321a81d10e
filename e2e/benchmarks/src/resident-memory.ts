import { readFileSync } from 'node:fs';

/**
 * Memory of a process that is in RAM, in MiB.
 *
 * @throws Error where there is no `/proc`, or no such process
 */
export function residentMiB(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no memory: it ended`);
  return Number(kibibytes) / 1024;
}

/** What was sampled of one process, in the order of time. */
export interface MemoryTrend {
  /** Means of the middle and of the last third, in MiB. */
  readonly middleMiB: number;
  readonly lastMiB: number;
  /** The last third by the middle one: 1 when memory neither grows nor shrinks. */
  readonly ratio: number;
}

/** Compares the last third of the samples with the middle one; the first warms up. NaN of fewer than three. */
export function memoryTrend(samplesMiB: readonly number[]): MemoryTrend {
  const third = Math.floor(samplesMiB.length / 3);
  const middleMiB = mean(samplesMiB.slice(third, 2 * third));
  const lastMiB = mean(samplesMiB.slice(2 * third, 3 * third));
  return { middleMiB, lastMiB, ratio: lastMiB / middleMiB };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
