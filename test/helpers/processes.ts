/** What /proc says about processes and sockets. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { waitFor } from './wait.js';

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only its parent has not looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid && isAlive(child));
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** What the descriptors of a process point to. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      return [];
    }
  });
}

/** Stops a process, and waits until it takes nothing any more. */
export async function standStill(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await waitFor(`process ${pid} to stop`, () => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
}

const EPOLL_PWAIT = process.arch === 'arm64' ? 22 : 281;

/** Does it wait for events: in epoll_pwait, and not just to look. Its user's rights, or a tracer's, are needed. */
function waits(pid: number): boolean {
  const [call, , , , timeout] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ').map(Number);
  return call === EPOLL_PWAIT && timeout !== 0;
}

/** Stops a process while its event loop waits: one that is stopped within a turn is judged otherwise. */
export async function stopAtRest(pid: number): Promise<void> {
  await waitFor(`process ${pid} to be stopped while it waits for events`, async () => {
    await standStill(pid);
    if (waits(pid)) return true;
    process.kill(pid, 'SIGCONT');
    return false;
  });
}
