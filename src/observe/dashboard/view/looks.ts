/** How a loop is to be seen: one word for the picture, the table and who listens to the page. Pure. */
import type { SlotSnapshot } from './snapshot.js';

export const LOOKS = ['idle', 'busy', 'stuck', 'starting', 'draining', 'down'] as const;
export type Look = (typeof LOOKS)[number];

/** Less than this is what an event loop does for itself, and for a few connections now and then. */
const IDLE_BELOW = 0.02;
/** In one turn for so long a loop is stuck for whoever waits, whether the master steers by it or not. */
const STUCK_TURN_MS = 1_000;

export const MEANINGS: Readonly<Record<Look, string>> = {
  idle: 'waits for work',
  busy: 'has work, and turns',
  stuck: 'stands still: one turn takes too long',
  starting: 'loads the program',
  draining: 'finishes what it has, takes nothing new',
  down: 'has no worker',
};

type Seen = Pick<SlotSnapshot, 'state' | 'busyShare' | 'turnMs' | 'turns' | 'pid' | 'isStopped'>;

/** `before`: the same slot in the snapshot before, where there is one. */
export function lookOf(now: Seen, before: Seen | undefined): Look {
  switch (now.state) {
    case 'stuck':
    case 'ready':
      if (standsStill(now, before)) return 'stuck';
      return (now.busyShare ?? 0) < IDLE_BELOW ? 'idle' : 'busy';
    case 'starting':
    case 'draining':
      return now.state;
    case 'backoff':
    case 'exited':
      return 'down';
    default:
      return now.state satisfies never;
  }
}

/** Steering passes a loop over for milliseconds, many times a second: that is none that somebody must look at. */
function standsStill(now: Seen, before: Seen | undefined): boolean {
  if (now.isStopped || now.turnMs >= STUCK_TURN_MS) return true;
  return now.state === 'stuck' && before?.pid === now.pid && before.turns === now.turns;
}
