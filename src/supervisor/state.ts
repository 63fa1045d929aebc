/** The supervisor's memory: plain data, changed only by `transition`. Times are milliseconds of a monotonic clock. */
import type { Limits } from './limits.js';

export interface SupervisorSettings {
  /** Worker processes at the start. */
  workers: number;
  /** Event loops of each. `workers` times this are the slots, 64 at the most. */
  threads: number;
  /** Within which the load decides; null: it does not. */
  range: { min: number; max: number } | null;
  /** How many slots are replaced at a time, by a reload or recycling. */
  surge: number;
  /** Loaded workers to keep beside those of the slots. */
  spares: number;
  readyTimeoutMs: number;
  gracefulTimeoutMs: number;
  limits: Limits;
}

/** Why the supervisor ended a worker, when it did. */
export type EndReason = 'reload' | 'recycle' | 'scale' | 'stop' | 'hung' | 'not-ready' | 'aborted';

/** Why a worker ended; `crash`: nobody wanted it to. */
export type ExitReason = EndReason | 'crash';

export interface WorkerRecord {
  /** Unique for the supervisor's life. */
  id: number;
  /** The first of its slots, of which it has as many as {@link SupervisorSettings.threads}; {@link NO_SLOT} of a spare. */
  slot: number;
  /** Grows with each start for a slot: of two workers of a slot the larger is the successor. */
  rank: number;
  generation: number;
  /** null until the process exists. */
  pid: number | null;
  /** `spare`: it has loaded the program and waits for a slot. */
  state: 'spare' | 'starting' | 'ready' | 'draining' | 'killed';
  startedAtMs: number;
  readyAtMs: number | null;
  /** Why it is to be replaced although it serves; null: it is not. */
  recycle: string | null;
  end: EndReason | null;
  /** Since when it drains; null: it does not. */
  drainingSinceMs: number | null;
  /** Its loops that have ended before it. */
  endedThreads: number[];
}

export interface ExitRecord {
  pid: number | null;
  code: number | null;
  signal: string | null;
  /** The worker's state when it exited. */
  during: WorkerRecord['state'];
  /** Did the supervisor want it to end. */
  asked: boolean;
  /** Why it wanted that. */
  why: EndReason | null;
  /** Why there never was a process. */
  error: string | null;
}

export interface SlotRecord {
  slot: number;
  /** false: this slot is being scaled away. */
  wanted: boolean;
  /** Unasked ends in a row, none of them after {@link STABLE_MS} of service. */
  failures: number;
  /** Workers started to replace one that ended unasked. */
  restarts: number;
  /** How many of its workers have ended, by why. */
  exits: Partial<Record<ExitReason, number>>;
  /** Recyclings in a row of workers that had not served for {@link STABLE_MS}. */
  hastyRecycles: number;
  /** When the next worker starts; null when none is waiting. */
  backoffUntilMs: number | null;
  lastExit: ExitRecord | null;
}

export interface Rollout {
  generation: number;
  startedAtMs: number;
  /** Slots not yet begun. */
  pending: number[];
  /** Slots whose successor starts or whose predecessor drains; at most `surge`. */
  active: number[];
  requests: string[];
}

/** The newest change of the number of workers. */
export interface SizeChange {
  from: number;
  to: number;
  by: 'operator' | 'load';
  /** Of the load's; null: it was asked for. */
  why: string | null;
  atMs: number;
}

export interface SupervisorState {
  phase: 'running' | 'stopping' | 'stopped';
  settings: SupervisorSettings;
  generation: number;
  nextWorkerId: number;
  nextRank: number;
  everReady: boolean;
  /** All wanted slots have been ready at least once; said once. */
  announced: boolean;
  slots: SlotRecord[];
  workers: WorkerRecord[];
  rollout: Rollout | null;
  /** Requests for the rollout after the running one. */
  queuedReloads: string[];
  /** The newest `scale` that is not done. */
  scaleRequest: string | null;
  /** null: there was none. */
  sizeChange: SizeChange | null;
  stopMode: 'graceful' | 'quick' | 'kill' | null;
  stopRequests: string[];
  reloads: number;
  /** Rollouts that ended before they were complete. */
  abortedReloads: number;
  recycles: number;
  /** Unasked ends of spares in a row, none of them after {@link STABLE_MS}. */
  spareFailures: number;
  spareBackoffUntilMs: number | null;
}

/** A worker that served this long was sound: its end starts the back-off anew. */
export const STABLE_MS = 10_000;
/** First wait of the back-off; doubles with each failure in a row. */
export const BACKOFF_FIRST_MS = 250;
export const BACKOFF_LIMIT_MS = 30_000;
/** From so many failures in a row on it is called a crash loop. */
export const CRASH_LOOP_FAILURES = 5;
/** How long a quick stop leaves a worker's own signal handlers before SIGKILL. */
export const QUICK_STOP_MS = 5_000;
/** How long a worker has to end by itself when one of its loops has. */
export const LOOP_LOST_MS = 500;
/** For so long the load does not undo what an operator has asked for. */
export const HOLD_MS = 600_000;
/** Rows of the state page, and with them the most workers. */
export const MAX_SLOTS = 64;

/** The slot of workers that have none yet. */
export const NO_SLOT = -1;

export function initialState(settings: SupervisorSettings): SupervisorState {
  return {
    phase: 'running',
    settings,
    generation: 1,
    nextWorkerId: 1,
    nextRank: 1,
    everReady: false,
    announced: false,
    slots: [],
    workers: [],
    rollout: null,
    queuedReloads: [],
    scaleRequest: null,
    sizeChange: null,
    stopMode: null,
    stopRequests: [],
    reloads: 0,
    abortedReloads: 0,
    recycles: 0,
    spareFailures: 0,
    spareBackoffUntilMs: null,
  };
}

export function newSlot(slot: number): SlotRecord {
  return {
    slot,
    wanted: true,
    failures: 0,
    restarts: 0,
    exits: {},
    hastyRecycles: 0,
    backoffUntilMs: null,
    lastExit: null,
  };
}

export function workersOf(state: SupervisorState, slot: number): WorkerRecord[] {
  return state.workers.filter((worker) => worker.slot === slot);
}

/** A worker that serves or is on its way to. */
export function isActive(worker: WorkerRecord): boolean {
  return worker.state === 'starting' || worker.state === 'ready';
}

export function wantedSlots(state: SupervisorState): SlotRecord[] {
  return state.slots.filter((slot) => slot.wanted);
}

/**
 * Workers that live beside the one that each wanted slot has: successors that start, predecessors that drain. What was
 * killed does not count: it lives for the moment that the kernel takes.
 */
export function surplusWorkers(state: SupervisorState): number {
  return wantedSlots(state).reduce((sum, { slot }) => {
    const workers = workersOf(state, slot);
    const draining = workers.filter((worker) => worker.state === 'draining').length;
    return sum + draining + Math.max(0, workers.filter(isActive).length - 1);
  }, 0);
}

/** Wait before the next start, in milliseconds. */
export function backoffMs(failures: number): number {
  if (failures <= 0) return 0;
  return Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 20), BACKOFF_LIMIT_MS);
}

/** Every worker serves that is to, and none else is there: nothing is under way. */
export function isSettled(state: SupervisorState): boolean {
  const { phase, announced, rollout, scaleRequest, slots } = state;
  if (phase !== 'running' || !announced || rollout !== null || scaleRequest !== null) return false;
  return slots.every(({ slot, wanted }) => {
    const [worker, ...others] = workersOf(state, slot);
    return wanted && worker?.state === 'ready' && others.length === 0;
  });
}

/** What the load may not do now: make fewer of more that were asked for, or more of fewer; neither, when it was to stay. */
export function heldBy(change: SizeChange | null, nowMs: number): { grow: boolean; shrink: boolean } {
  if (change?.by !== 'operator' || nowMs - change.atMs >= HOLD_MS) return { grow: false, shrink: false };
  return { grow: change.to <= change.from, shrink: change.to >= change.from };
}
