/** Whether what a calm service counts is what is there. Pure. */
import type { Status } from '../../src/observe/status.js';

/** What does not fit, in words; empty when all does. `open`: connections that the clients have open. */
export function mismatches({ workers, listeners }: Status, open: number): string[] {
  const queued = new Map<number, number>();
  for (const { slots } of listeners) {
    for (const row of slots) queued.set(row.slot, (queued.get(row.slot) ?? 0) + row.queued);
  }
  const found = [...queued].filter(([, count]) => count > 0).map(([slot, count]) => `${count} wait at slot ${slot}`);
  for (const { slot, pending } of workers) {
    if (pending !== null && pending !== 0) found.push(`slot ${slot} counts ${pending} as pending`);
  }
  const counted = workers.reduce((sum, { openConnections }) => sum + (openConnections ?? 0), 0);
  if (counted !== open) found.push(`the workers count ${counted} open connections, the clients ${open}`);
  return found;
}

/** For how long each worker has counted something as pending that did not wait in its queue. */
export class PendingWatch {
  readonly #since = new Map<string, number>();

  /** Returns the longest time so far, in milliseconds, of those that still do. */
  look({ workers, listeners }: Status, nowMs: number): number {
    const present = new Set<string>();
    let longestMs = 0;
    for (const { slot, pid, state, pending } of workers) {
      if (state !== 'ready' || pending === null) continue;
      const rows = listeners.flatMap(({ slots }) => slots).filter((row) => row.slot === slot);
      if (pending <= rows.reduce((sum, row) => sum + row.queued, 0)) continue;
      const key = `${slot}/${pid}`;
      present.add(key);
      if (!this.#since.has(key)) this.#since.set(key, nowMs);
      longestMs = Math.max(longestMs, nowMs - (this.#since.get(key) ?? nowMs));
    }
    for (const key of this.#since.keys()) if (!present.has(key)) this.#since.delete(key);
    return longestMs;
  }
}
