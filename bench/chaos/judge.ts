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
}

export type Verdict =
  /** A killed worker had accepted it. */
  | 'allowed'
  /**
   * It was cut when a worker was killed, which may have been in the microseconds between its accept and its writing that
   * down: at most one for each kill.
   */
  | 'undecided'
  | 'violation';

/** How long after the kill of its worker a client may learn of it. */
const LEARNS_WITHIN_NS = 500_000_000n;

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
  const kill = kills.find((one) => {
    const laterNs = loss.endedNs - one.atNs;
    return !spent.has(one) && laterNs >= 0n && laterNs < LEARNS_WITHIN_NS;
  });
  if (kill === undefined) return 'violation';
  spent.add(kill);
  return 'undecided';
}
