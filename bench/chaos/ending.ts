import { setTimeout as delay } from 'node:timers/promises';

import { kill as signal } from '../marked.js';
import type { Kill } from './judge.js';

const LOOK_MS = 2;
/** What still has not ended by then is not waited for. */
const LONGEST_MS = 10_000;

/** Kills that worker; undefined when it had ended before. When it is gone with all its threads, that is noted, too. */
export function killNow(pid: number): Kill | undefined {
  const kill: Kill = { pid, atNs: process.hrtime.bigint() };
  if (!signal(pid)) return undefined;
  void noteEnd(kill);
  return kill;
}

/** A process is there until its parent has reaped it, and that is after the last of its threads. */
async function noteEnd(kill: Kill): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while (isThere(kill.pid)) {
    if (performance.now() > deadline) return;
    await delay(LOOK_MS, undefined, { ref: false });
  }
  kill.goneNs = process.hrtime.bigint();
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
