/**
 * How many workers of a range there should be. Pure: from readings, one after the other, to a change of the number.
 *
 * It grows as soon as the loops have no room, and where a processor is free for one more. It shrinks only when the most that
 * there was to do for a long time would leave fewer workers half idle: so a steady load comes to rest, because what made it
 * grow is more than that.
 */

/** What a loop did since the last reading, in parts of that time. */
export interface LoopLoad {
  ran: number;
  /** For a processor. */
  waited: number;
  /** In the turn that it has not ended yet: it may have stood still without running. 1: it is stuck. */
  inTurn: number;
}

export interface SizeReading {
  loops: readonly LoopLoad[];
  /** How long a connection has waited in an accept queue at the least. */
  queuedMs: number;
  /** What an operator has asked for is not to be undone. */
  held: { grow: boolean; shrink: boolean };
}

export interface SizeRules {
  min: number;
  max: number;
  /** Event loops of each worker. */
  threads: number;
  /** How long there must have been too little to do. */
  shrinkAfterMs: number;
  /** That may be used, and the part of them that a control group leaves. */
  processors: number;
}

/** What is remembered of the readings since the number of workers has changed. */
export interface SizeExperience {
  workers: number;
  /** Readings on end without room. */
  saturated: number;
  /** Since when fewer would have been enough, and the most that there was to do, in whole loops; null: they would not. */
  calm: { sinceMs: number; most: number } | null;
}

/** Why it does not grow although the loops have no room. */
export type Obstacle = 'most' | 'processors' | 'held';

export interface SizeVerdict {
  experience: SizeExperience;
  /** null: as many as there are. */
  change: { workers: number; why: string } | null;
  obstacle: Obstacle | null;
  figures: { busy: number; processorsUsed: number; queuedMs: number };
}

export const NO_EXPERIENCE: SizeExperience = { workers: 0, saturated: 0, calm: null };

/** Loops that are busier than this answer late: a queue of random arrivals is on average six times as long as half of it. */
const BUSY = 0.85;
/** With that a single reading is enough, else two on end are. */
const FULL = 0.95;
/** Loops in which connections wait for long are looked upon as busy from here on. */
const BUSY_QUEUED = 0.7;
const QUEUED_MS = 1_000;
/** So busy at the most are those that are left when others are let go. Far from what makes it grow. */
const CALM = 0.5;
/** Of the processors' time, and of one processor: less is not worth a worker. Loops that only compute are never more than processors. */
const FREE = 1 - BUSY;
const FREE_OF_ONE = 0.5;
/** Of the loops' work: so much waiting for a processor would only become more with another worker. */
const WAITED = 0.25;

export function judgeSize(
  before: SizeExperience,
  reading: SizeReading,
  { min, max, threads, shrinkAfterMs, processors }: SizeRules,
  nowMs: number,
): SizeVerdict {
  const { loops, queuedMs, held } = reading;
  const workers = loops.length / threads;
  const known = before.workers === workers ? before : { ...NO_EXPERIENCE, workers };
  const [toDo, ran, waited] = [sum(loops.map(busyOf)), sum(loops.map((loop) => loop.ran)), sum(loops.map(waitedOf))];
  const busy = toDo / loops.length;
  const isQueued = queuedMs >= QUEUED_MS;
  const saturated = busy >= (isQueued ? BUSY_QUEUED : BUSY) ? known.saturated + 1 : 0;
  // So little that a whole worker less, with all its loops, would do.
  const isCalm = !isQueued && toDo <= CALM * (loops.length - threads);
  const most = Math.max(toDo, known.calm?.most ?? 0);
  const calm = isCalm ? { sinceMs: known.calm?.sinceMs ?? nowMs, most } : null;
  const freeProcessors = processors - ran;
  const verdict = {
    experience: { workers, saturated, calm },
    change: null,
    obstacle: null,
    figures: { busy, processorsUsed: ran / processors, queuedMs },
  };
  if (saturated >= 2 || (saturated === 1 && busy >= FULL)) {
    if (workers >= max) return { ...verdict, obstacle: 'most' };
    const isFull = freeProcessors <= Math.max(FREE * processors, FREE_OF_ONE) || waited >= WAITED * toDo;
    if (isFull) return { ...verdict, obstacle: 'processors' };
    if (held.grow) return { ...verdict, obstacle: 'held' };
    // Loops that only compute are not to become more than the processors by several at once either.
    const room = loops.length < processors ? processors - loops.length : freeProcessors;
    const step = Math.min(Math.max(1, Math.floor(workers / 4)), Math.ceil(room / threads));
    const queue = isQueued ? `, and a connection has waited for ${seconds(queuedMs)}` : '';
    const why = `the loops are ${percent(busy)} busy${queue}; the processors are ${percent(ran / processors)} used by them`;
    return { ...verdict, change: { workers: Math.min(max, workers + step), why } };
  }
  if (calm === null || nowMs - calm.sinceMs < shrinkAfterMs || workers <= min || held.shrink) return verdict;
  const fewer = Math.max(min, Math.ceil(workers / 2), Math.ceil(calm.most / CALM / threads));
  const why = `the loops were ${percent(most / loops.length)} busy at the most for ${seconds(nowMs - calm.sinceMs)}`;
  return { ...verdict, change: { workers: fewer, why } };
}

function busyOf({ ran, waited, inTurn }: LoopLoad): number {
  return Math.min(1, Math.max(ran + waited, inTurn));
}

function waitedOf({ waited }: LoopLoad): number {
  return waited;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
