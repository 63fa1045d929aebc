import type { LoadOptions } from '../load/loadgen.js';

/** Where the server runs, and how a client reaches it. */
export interface Place {
  /** Address that the server binds. */
  host: string;
  /** Words before the server's command. */
  serverLauncher: readonly string[];
  /** What every load to this place needs. */
  client: Pick<LoadOptions, 'launcher' | 'firstSource' | 'sources' | 'allowAny'>;
}

export const loopback: Place = { host: '127.0.0.1', serverLauncher: [], client: {} };
