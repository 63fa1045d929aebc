/** What became of connections while workers were killed, added and removed: which losses are allowed. Pure. */

/** A connection that ended without a whole answer to what was asked on it. Times are CLOCK_MONOTONIC. */
export interface Loss {
  /** Address and port of the client. */
  client: string;
  beganNs: bigint;
  endedNs: bigint;
  how: 'refused' | 'cut' | 'unanswered' | 'failed';
  /** What the client saw, in words. */
  detail: string;
}

/** A worker accepted a connection. */
export interface Accept {
  pid: number;
  atNs: bigint;
}

export interface Kill {
  pid: number;
  atNs: bigint;
  /** When the kernel had ended it, with all its descriptors; undefined: that was not seen. */
  goneNs?: bigint;
}

export type Verdict =
  /** A killed worker had accepted it. */
  | 'allowed'
  /**
   * It was cut when a worker died, which may have been between its accept and its writing that down: at most one for each
   * kill, because a loop accepts one at a time.
   */
  | 'undecided'
  | 'violation';

/** How long after the end of its worker a client may learn of it: on a loaded machine it waits for a processor, too. */
const LEARNS_WITHIN_NS = 2_000_000_000n;

/**
 * A connection may be lost only with the worker that had accepted it, and by that worker's death. `accepts` are those of
 * the loss's client, and `spent` the kills that explain an undecided loss already.
 */
export function judge(loss: Loss, accepts: readonly Accept[], kills: readonly Kill[], spent: Set<Kill>): Verdict {
  if (loss.how === 'refused') return 'violation';
  const accept = accepts.findLast(({ atNs }) => atNs >= loss.beganNs && atNs <= loss.endedNs);
  if (accept !== undefined) {
    const died = kills.some(({ pid, atNs }) => pid === accept.pid && atNs <= loss.endedNs);
    return died && loss.how === 'cut' ? 'allowed' : 'violation';
  }
  if (loss.how !== 'cut') return 'violation';
  const kill = kills.find((one) => !spent.has(one) && mayExplain(one, loss));
  if (kill === undefined) return 'violation';
  spent.add(kill);
  return 'undecided';
}

/**
 * May the dying worker have accepted it. On a loaded machine a process takes hundreds of milliseconds to die, and its
 * connections are only then reset; what began after its end was never its.
 */
function mayExplain({ atNs, goneNs = atNs }: Kill, { beganNs, endedNs }: Loss): boolean {
  return atNs <= endedNs && beganNs < goneNs && endedNs < goneNs + LEARNS_WITHIN_NS;
}

/** In the order in which {@link judge} is to see them: the kill that ended first explains the first loss. */
export function inOrder<L extends Loss>(losses: readonly L[]): L[] {
  return losses.toSorted((a, b) => Number(a.endedNs - b.endedNs));
}
