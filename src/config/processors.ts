/** The processors that this process may use: those of its affinity mask, and the share of them that control groups leave it. */
import { type HostFiles, readFrom, realFiles } from '../check/host-files.js';
import { parseProcessors, readProcessors } from '../check/read-processors.js';

export interface Processors {
  /** Their numbers, in order. */
  readonly allowed: readonly number[];
  /** The tightest limit of the control groups, in processors; null: there is none. */
  readonly quota: number | null;
}

/** sched_setaffinity(2), taskset, cpusets of containers: all of them are in this line. */
function readAllowed(files: HostFiles): readonly number[] {
  const allowed = readFrom(files, '/proc/self/status', (text) => {
    const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(text)?.[1];
    return list === undefined ? undefined : parseProcessors(list);
  });
  return allowed.known ? allowed.value : [];
}

/** `fallback`: how many there are where /proc does not tell. */
export function usableProcessors(fallback: number, files: HostFiles = realFiles): Processors {
  const read = readAllowed(files);
  const allowed = read.length > 0 ? read : Array.from({ length: fallback }, (_, index) => index);
  const { quota } = readProcessors(files);
  return { allowed, quota: quota.known ? quota.value : null };
}

/** How many of them there is time for: a limit of the control groups need not be a whole number. */
export function processorTime({ allowed, quota }: Processors): number {
  return Math.min(allowed.length, quota ?? Infinity);
}
