/** The children of this process that Node has started, and waits for: whatever other child there is was adopted. */
import type { ChildProcess } from 'node:child_process';

const pids = new Set<number>();

export const ownChildren: ReadonlySet<number> = pids;

/** To be called in the turn that has started it. */
export function keepOwn(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  pids.add(pid);
  child.once('exit', () => pids.delete(pid));
}
