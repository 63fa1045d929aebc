/** Who takes over the connections that wait for a stuck loop: pure. */

export interface LoopReading {
  slot: number;
  /** May be given connections: not when it is stuck, nor while others are to be preferred. */
  usable: boolean;
  /** 0: the loop waits for work. */
  busySinceNs: number;
  /** In its accept queues. Not what is on its way there: over a real network no loop is ever without that. */
  queued: number;
  openConnections: number;
}

export interface Share {
  slot: number;
  connections: number;
}

/** Who may take over for this slot. */
export function takersFor(slot: number, loops: readonly LoopReading[]): LoopReading[] {
  return loops.filter((loop) => loop.usable && loop.slot !== slot);
}

/**
 * Divides `queued` connections among the loops that can take them: waiting loops first, and among those the ones with the
 * fewest connections. Where none waits, `isGone` decides. A loop that is gone leaves all it has to loops that turn. One that
 * may come back gives only what evens the queues out, because the turns of the others are shorter than its own, but in an
 * overloaded service a connection that is moved from queue to queue has only lost its place. Empty when the connections
 * are best left where they are.
 */
export function divide(queued: number, takers: readonly LoopReading[], isGone: boolean): Share[] {
  const waiting = takers.filter((taker) => taker.busySinceNs === 0 && taker.queued === 0);
  if (waiting.length === 0 && !isGone) return evenOut(queued, takers);
  const chosen = (waiting.length > 0 ? waiting : takers).toSorted(byLoad).slice(0, Math.max(1, queued));
  const each = Math.ceil(queued / chosen.length);
  return chosen.map(({ slot }) => ({ slot, connections: each }));
}

/** As many to each as bring it up to one level with what stays. */
function evenOut(queued: number, takers: readonly LoopReading[]): Share[] {
  const emptiest = takers.toSorted(byLoad);
  let sum = queued;
  let level = queued;
  let count = 0;
  for (const taker of emptiest) {
    if (taker.queued >= level || count >= queued) break;
    sum += taker.queued;
    count += 1;
    level = Math.ceil(sum / (count + 1));
  }
  const shares = emptiest.slice(0, count).map((taker) => ({ slot: taker.slot, connections: level - taker.queued }));
  return shares.filter(({ connections }) => connections > 0);
}

function byLoad(a: LoopReading, b: LoopReading): number {
  return a.queued - b.queued || a.openConnections - b.openConnections || a.slot - b.slot;
}
