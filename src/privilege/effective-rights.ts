import { readFileSync } from 'node:fs';
import { ReuseportError } from '../errors.js';
import type { WorkerUser } from './worker-user.js';

/** Bits of include/uapi/linux/capability.h that a master needs whose workers are another user's. */
const NEEDED = { CAP_KILL: 5, CAP_SETGID: 6, CAP_SETUID: 7 } as const;
/** What steering takes: CAP_PERFMON and CAP_BPF. */
const STEERING = [38, 39] as const;

/** @throws ReuseportError ERR_NO_PROC */
export function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch (cause) {
    const message =
      '/proc is not there, which tells the rights of this process, and of the workers what they start and use. ' +
      'Mount it: mount -t proc proc /proc';
    throw new ReuseportError('ERR_NO_PROC', message, { cause });
  }
}

/** Those that uid 0 of a container may lack. `status` is the text of /proc/self/status. */
export function missingRights(status: string): string[] {
  return Object.entries(NEEDED)
    .filter(([, bit]) => !has(status, 'CapEff', bit))
    .map(([name]) => name);
}

/** Would a child of this process have what steering takes, as under systemd's AmbientCapabilities. */
export function handsDownSteering(status: string): boolean {
  return STEERING.some((bit) => has(status, 'CapAmb', bit));
}

function has(status: string, set: 'CapEff' | 'CapAmb', bit: number): boolean {
  const bits = new RegExp(`^${set}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${bits}`) >> BigInt(bit)) & 1n) === 1n;
}

/** @throws ReuseportError ERR_USER_DENIED: without CAP_KILL it could start workers, and never stop them. */
export function checkRights({ title, uid }: WorkerUser, status: string): void {
  const missing = missingRights(status);
  if (missing.length === 0) return;
  const message =
    `the workers cannot run as user ${title} (uid ${uid}): the master is root, but without ${missing.join(', ')}. ` +
    'Grant it (docker: --cap-add; systemd: CapabilityBoundingSet=), or start the master as that user.';
  throw new ReuseportError('ERR_USER_DENIED', message, { fields: { uid, missing } });
}
