/** Equal terms for clients that are compared: a processor for the server, and another for whoever asks. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { usableProcessors } from '../../src/config/processors.js';
import { loopback } from './place.js';
import type { Place } from './place.js';

/** The first and the last processor of this process; undefined where there is only one, or no taskset(1). */
export function processorPair(): { server: number; client: number } | undefined {
  const { allowed } = usableProcessors(availableParallelism());
  const [server, client] = [allowed[0], allowed.at(-1)];
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
