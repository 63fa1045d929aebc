/** Files that the master has opened for what this worker writes, and opens anew when they are rotated. */
import type { ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { AccessLog } from './access-log.js';

type Moved = Extract<ToWorker, { type: 'logs' }>;

/** Owns the descriptors. Where one is lacking, because too many are open, what is there stays. */
export function moveLogs(addon: Addon, accessLog: AccessLog | null, moved: Moved, fds: readonly number[]): void {
  const rest = [...fds];
  const outputFd = moved.output ? rest.shift() : undefined;
  const accessFd = moved.access ? rest.shift() : undefined;
  if (outputFd !== undefined) {
    for (const fd of [1, 2]) addon.replaceDescriptor(outputFd, fd);
    addon.close(outputFd);
  }
  if (accessFd !== undefined) {
    if (accessLog === null) addon.close(accessFd);
    else accessLog.moveTo(accessFd);
  }
  for (const fd of rest) addon.close(fd);
}
