/** Why a worker is in its state, and how long it may be, in words. Pure. */
import { formatDuration } from '../config/duration.js';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_LIMIT_MS,
  type SlotRecord,
  STABLE_MS,
  type WorkerRecord,
} from '../supervisor/state.js';
import type { WorkerStatus } from './status.js';

export interface StateLimits {
  readyTimeoutMs: number;
  gracefulTimeoutMs: number;
  /** 0: none. */
  hangTimeoutMs: number;
}

/** A worker that drains answers within that time, unless something holds it up. */
const SILENT_MS = 1_000;

/**
 * `busyMs`: for how long its loop has not turned, as far as is known.
 *
 * null where the state is plain. A worker that stands still is told apart by what it is doing: each has its own limit.
 */
export function explainState(
  worker: WorkerRecord,
  state: WorkerStatus['state'],
  busyMs: number,
  nowMs: number,
  limits: StateLimits,
): string | null {
  switch (state) {
    case 'starting':
      return within('starts', nowMs - worker.startedAtMs, limits.readyTimeoutMs, 'readyTimeout');
    case 'draining':
      return (
        within(
          worker.end ?? 'stop',
          nowMs - (worker.drainingSinceMs ?? nowMs),
          limits.gracefulTimeoutMs,
          'gracefulTimeout',
        ) + (busyMs < SILENT_MS ? '' : `; it hangs: its event loop has not turned for ${howLong(busyMs)}`)
      );
    case 'stuck':
      if (busyMs === 0) return 'something waits for it, and its loop does not turn';
      return limits.hangTimeoutMs === 0
        ? `in one turn for ${howLong(busyMs)}`
        : within('in one turn', busyMs, limits.hangTimeoutMs, 'hangTimeout');
    case 'ready':
      return worker.recycle === null ? null : `recycle: ${worker.recycle}`;
    case 'spare':
      return null;
    case 'backoff':
    case 'exited':
      return worker.end;
    default:
      return state satisfies never;
  }
}

/** Why a slot has no worker, by which rule, and when it will have one. */
export function explainEmptySlot(
  { failures, backoffUntilMs, wanted }: Pick<SlotRecord, 'failures' | 'backoffUntilMs' | 'wanted'>,
  everReady: boolean,
  nowMs: number,
): string | null {
  if (backoffUntilMs !== null) {
    const next = `next start in ${Math.max(0, Math.round(backoffUntilMs - nowMs))} ms`;
    const rule = `${formatDuration(BACKOFF_FIRST_MS)} doubling to ${formatDuration(BACKOFF_LIMIT_MS)}`;
    return `${failures} failures in a row; ${next} (${rule}, anew after ${formatDuration(STABLE_MS)} of service)`;
  }
  if (everReady || !wanted || failures === 0) return null;
  return 'ended before any worker was ready: starts again when another is, and when all have ended the service gives up (exit code 3)';
}

function within(what: string, forMs: number, limitMs: number, option: string): string {
  return `${what} for ${howLong(forMs)}, ${option} ${formatDuration(limitMs)}`;
}

/** A turn is too long from a few milliseconds on; what lasts longer needs no such figure. */
function howLong(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
