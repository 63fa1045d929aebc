/** Who takes over the connections that wait for a stuck loop: pure. */

export interface LoopReading {
  slot: number;
  /** May be given connections: not when it is stuck, nor while others are to be preferred. */
  usable: boolean;
  /** 0: the loop waits for work. */
  busySinceNs: number;
  /** Assigned and not yet accepted. */
  pending: number;
  openConnections: number;
}

export interface Share {
  slot: number;
  connections: number;
}

/**
 * Divides `queued` connections among the loops that can take them: waiting loops first, and among those the ones with the
 * fewest connections; without any, a loop that turns, because its turn is shorter than the stuck one's. Empty when there
 * is nobody: then the connections stay where they are.
 */
export function divide(queued: number, stuck: number, loops: readonly LoopReading[]): Share[] {
  const others = loops.filter(({ slot, usable }) => usable && slot !== stuck);
  const waiting = others.filter(({ busySinceNs, pending }) => busySinceNs === 0 && pending === 0);
  const takers = (waiting.length > 0 ? waiting : others).toSorted(byLoad).slice(0, Math.max(1, queued));
  if (takers.length === 0) return [];
  const each = Math.ceil(queued / takers.length);
  return takers.map(({ slot }) => ({ slot, connections: each }));
}

function byLoad(a: LoopReading, b: LoopReading): number {
  return a.pending - b.pending || a.openConnections - b.openConnections || a.slot - b.slot;
}
