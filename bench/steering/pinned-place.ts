/** Equal terms for clients that are compared: a processor for the server, and another for whoever asks. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { usableProcessors } from '../../src/config/processors.js';
import { loopback } from './place.js';
import type { Place } from './place.js';

const allowedProcessors = (): readonly number[] => usableProcessors(availableParallelism()).allowed;
const hasTaskset = (): boolean => spawnSync('taskset', ['--version']).error === undefined;

/** The first and the last processor of this process; undefined where there is only one, or no taskset(1). */
export function processorPair(): { server: number; client: number } | undefined {
  const allowed = allowedProcessors();
  const [server, client] = [allowed[0], allowed.at(-1)];
  if (server === undefined || client === undefined || server === client) return undefined;
  return hasTaskset() ? { server, client } : undefined;
}

const pinnedTo = (processors: readonly (number | undefined)[]): string[] => {
  const list = processors.filter((processor) => processor !== undefined).join(',');
  return list === '' ? [] : ['taskset', '--cpu-list', list];
};

/**
 * On loopback, and from the one source address that the kernel chooses, as other load generators do it: several make
 * connecting cheaper, because the search for a free port is shorter.
 */
export function pinnedPlace(): Place {
  const pair = processorPair();
  return {
    ...loopback,
    serverLauncher: pinnedTo([pair?.server]),
    client: { launcher: pinnedTo([pair?.client]), sources: 0 },
  };
}

/** With fewer, servers that are kept from one of them lose more than the order is worth. */
const ENOUGH_PROCESSORS = 4;

/** Is pinning worth it here? */
export function canPin(processors: readonly number[] = allowedProcessors(), isThere = hasTaskset): boolean {
  return processors.length >= ENOUGH_PROCESSORS && isThere();
}

/** On loopback: the last processor for the load generator, all others for servers; a sentence where that cannot be. */
export function placeApart(processors: readonly number[] = allowedProcessors(), isThere = hasTaskset): Place | string {
  if (processors.length < 2) return 'pinning needs two processors';
  if (!isThere()) return 'pinning needs taskset (Debian: util-linux)';
  const [servers, client] = [processors.slice(0, -1), processors.slice(-1)];
  return { ...loopback, serverLauncher: pinnedTo(servers), client: { launcher: pinnedTo(client) } };
}
