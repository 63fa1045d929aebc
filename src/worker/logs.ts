/** Files that the master has opened for what this worker writes, and opens anew when they are rotated. */
import type { ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';

type Moved = Extract<ToWorker, { type: 'logs' }>;

/** Owns the descriptors. Where one is lacking, because too many are open, what is there stays. */
export function moveLogs(addon: Addon, { output }: Moved, fds: readonly number[]): void {
  const [outputFd] = fds;
  if (output && outputFd !== undefined) for (const fd of [1, 2]) addon.replaceDescriptor(outputFd, fd);
  for (const fd of fds) addon.close(fd);
}
