/** Equal terms for clients that are compared: a processor for the server, and another for whoever asks. */
import { spawnSync } from 'node:child_process';
import { readText } from '../system.js';
import { loopback } from './place.js';
import type { Place } from './place.js';

/** `0-2,5` as in the status of a process. */
export function processorsIn(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** The first and the last processor of this process; undefined where there is only one, or no taskset(1). */
export function processorPair(): { server: number; client: number } | undefined {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? '';
  const processors = processorsIn(list);
  const [server, client] = [processors[0], processors.at(-1)];
  if (server === undefined || client === undefined || server === client) return undefined;
  return spawnSync('taskset', ['--version']).error === undefined ? { server, client } : undefined;
}

const pinnedTo = (processor: number | undefined): string[] =>
  processor === undefined ? [] : ['taskset', '--cpu-list', String(processor)];

/**
 * On loopback, and from the one source address that the kernel chooses, as other load generators do it: several make
 * connecting cheaper, because the search for a free port is shorter.
 */
export function pinnedPlace(): Place {
  const pair = processorPair();
  return {
    ...loopback,
    serverLauncher: pinnedTo(pair?.server),
    client: { launcher: pinnedTo(pair?.client), sources: 0 },
  };
}
