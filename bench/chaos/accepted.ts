import { existsSync, readFileSync } from 'node:fs';

import type { Accept } from './judge.js';

/** Which worker accepted a client's connections, in order, as the workers wrote it down. See program.cjs. */
export function readAccepts(file: string, client: string): Accept[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'latin1')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, who]) => who === client)
    .map(([pid, , atNs]) => ({ pid: Number(pid), atNs: BigInt(atNs ?? 0) }));
}
