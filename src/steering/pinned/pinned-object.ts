/** Programs and maps that somebody has given a name in bpffs. */
import { ReuseportError } from '../../errors.js';
import type { Addon, SystemError } from '../../native/addon.js';
import type { BpfMapInfo, BpfProgramInfo } from '../../native/kernel-addon.js';

/** Why a pinned object cannot be used. `stale`: a program that was loaded against other maps than ours. */
export type PinnedProblem = 'missing' | 'foreign' | 'stale' | 'denied';

export function pinnedError(path: string, reason: PinnedProblem, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_PINNED', `${path}: ${why}`, { cause, fields: { path, reason } });
}

export interface Pinned<Info> {
  /** The receiver's own. */
  fd: number;
  info: Info;
}

/** null when nothing is pinned there. @throws ReuseportError ERR_PINNED for what cannot be opened, or is no map */
export function openPinnedMap(addon: Addon, path: string): Pinned<BpfMapInfo> | null {
  return open(addon, path, 'map', (fd) => addon.bpfMapInfo(fd));
}

/** null when nothing is pinned there. @throws ReuseportError ERR_PINNED for what is no program to choose sockets */
export function openPinnedProgram(addon: Addon, path: string): Pinned<BpfProgramInfo> | null {
  const pinned = open(addon, path, 'program', (fd) => addon.bpfProgramInfo(fd));
  if (pinned === null || pinned.info.isReuseport) return pinned;
  addon.close(pinned.fd);
  throw pinnedError(path, 'foreign', 'the program that is pinned there is not of type sk_reuseport');
}

function open<Info>(addon: Addon, path: string, kind: string, read: (fd: number) => Info): Pinned<Info> | null {
  let fd: number;
  try {
    fd = addon.bpfGetPinned(path);
  } catch (error) {
    if ((error as SystemError).code === 'ENOENT') return null;
    throw pinnedError(path, 'denied', `it cannot be opened: ${(error as Error).message}`, error);
  }
  try {
    return { fd, info: read(fd) };
  } catch (error) {
    addon.close(fd);
    if ((error as SystemError).code !== 'EINVAL') throw error;
    throw pinnedError(path, 'foreign', `what is pinned there is no ${kind}`, error);
  }
}
