/** Descriptors that systemd passes at the start (sd_listen_fds(3)): sockets of a socket unit, and what was stored. */
import type { Addon } from '../native/addon.js';

/** SD_LISTEN_FDS_START. */
const FIRST_FD = 3;

export interface PassedDescriptor {
  /** FileDescriptorName=, the socket unit's name, or FDNAME of what was stored; empty where nothing is said. */
  name: string;
  fd: number;
}

/** Takes the variables out of the environment: they are for this process alone. */
export function takePassedDescriptors(addon: Addon, env: NodeJS.ProcessEnv): PassedDescriptor[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count = '0', LISTEN_FDNAMES: names = '' } = env;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
  if (Number(pid) !== process.pid) return [];
  const list = names.split(':');
  return Array.from({ length: Number(count) }, (_, index) => {
    const fd = FIRST_FD + index;
    addon.setCloseOnExec(fd, true);
    return { name: list[index] ?? '', fd };
  });
}
