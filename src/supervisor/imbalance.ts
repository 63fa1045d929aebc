/**
 * Which loops are to hand a part of their load to others. Pure: from a series of readings to moves.
 *
 * A move takes the giver and its receivers to the mean of them. It is decided only where a loop is clearly busier than
 * another in readings on end, and so that nobody gets more than the giver keeps: so it does not come back.
 */

/** What a loop had to do since the last reading. */
export interface Load {
  slot: number;
  /** Id of its worker: another one in the same slot begins anew. */
  worker: number;
  /** Part of the time in which the loop ran or waited for a processor, 0 to 1. */
  demand: number;
  openConnections: number;
  /** May it be given connections. */
  takes: boolean;
}

export interface Part {
  slot: number;
  worker: number;
  /** Of the giver's load, above 0 and below 1. */
  part: number;
}

export interface Move {
  slot: number;
  worker: number;
  receivers: Part[];
}

/** What is remembered of a worker. */
interface Experience {
  /** Readings on end in which it was overloaded. */
  overloaded: number;
  /** Was it clearly busier than another at the last reading, though perhaps not busy. */
  suspected: boolean;
  /** A move that it takes part in is under way. */
  moving: boolean;
  /** Readings that it has still to rest. */
  rest: number;
  /** How much busier it was than the idlest of its receivers before its last move; null when that has been judged. */
  gapBefore: number | null;
  receivers: readonly number[];
  /** Moves in a row that did not help. */
  failures: number;
  notBeforeMs: number;
}

export type Experiences = ReadonlyMap<number, Experience>;

export interface Judgement {
  experiences: Experiences;
  moves: Move[];
  /** Something may have to be moved: the next reading should come soon. */
  suspects: boolean;
}

/** A loop that has less to do answers without much waiting. */
const BUSY = 0.6;
/** Two loops that differ by less are even: what is read of a short time is not exact. */
const GAP = 0.3;
/** What is suspected on a look at a long time, most of which may have been before the load began. */
const SUSPICION = 0.15;
/** Readings on end that must agree. */
const CONFIRMATIONS = 2;
/** Readings after a move that still tell of the time before it. */
const REST = 2;
/** A smaller part is not worth a move. */
const LEAST_PART = 0.05;
/** What a loop has lines to at a time. */
const MOST_RECEIVERS = 4;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 300_000;

const NEW: Experience = {
  overloaded: 0,
  suspected: false,
  moving: false,
  rest: 0,
  gapBefore: null,
  receivers: [],
  failures: 0,
  notBeforeMs: 0,
};

/** Judges a reading of all loops that may take part. */
export function judge(before: Experiences, loads: readonly Load[], nowMs: number): Judgement {
  const experiences = new Map(loads.map((load) => [load.worker, lookAt(before.get(load.worker), load, loads, nowMs)]));
  const of = (load: Load) => experiences.get(load.worker) ?? NEW;
  const isFree = (load: Load) => !of(load).moving && of(load).rest === 0;
  const moves: Move[] = [];
  for (const giver of loads.toSorted((a, b) => b.demand - a.demand)) {
    if (!isFree(giver) || of(giver).overloaded < CONFIRMATIONS || of(giver).notBeforeMs > nowMs) continue;
    const receivers = divide(giver, loads.filter(isFree));
    if (receivers.length === 0) continue;
    moves.push({ slot: giver.slot, worker: giver.worker, receivers });
    for (const worker of [giver.worker, ...receivers.map((receiver) => receiver.worker)]) {
      experiences.set(worker, { ...(experiences.get(worker) ?? NEW), moving: true, overloaded: 0 });
    }
    const workers = receivers.map(({ worker }) => worker);
    experiences.set(giver.worker, { ...of(giver), gapBefore: gapTo(giver, workers, loads), receivers: workers });
  }
  const suspects = loads.some((load) => {
    const { overloaded, moving, rest, notBeforeMs, suspected } = of(load);
    const isNew = suspected && before.get(load.worker)?.suspected !== true;
    return notBeforeMs <= nowMs && (moving || rest > 0 || overloaded > 0 || isNew);
  });
  return { experiences, moves, suspects };
}

/** A move has ended: its workers rest, and what it was good for is judged by the readings after. */
export function moved(before: Experiences, move: Move, connections: number, nowMs: number): Experiences {
  const experiences = new Map(before);
  for (const worker of [move.worker, ...move.receivers.map((receiver) => receiver.worker)]) {
    const known = experiences.get(worker);
    if (known !== undefined) experiences.set(worker, { ...known, moving: false, rest: connections > 0 ? REST : 0 });
  }
  const giver = experiences.get(move.worker);
  // Nothing fitted: a single connection carries the load, or none can go.
  if (giver !== undefined && connections === 0) experiences.set(move.worker, failed(giver, nowMs));
  return experiences;
}

function lookAt(known: Experience | undefined, load: Load, loads: readonly Load[], nowMs: number): Experience {
  const before = known ?? NEW;
  if (before.moving) return before;
  if (before.rest > 0) return { ...before, rest: before.rest - 1 };
  const overloaded = isOverloaded(load, loads) ? before.overloaded + 1 : 0;
  const seen = { overloaded, suspected: isSuspicious(load, loads) };
  if (before.gapBefore === null) return { ...before, ...seen };
  const gap = gapTo(load, before.receivers, loads);
  const helped = gap === null || gap <= before.gapBefore / 2;
  const judged = helped ? { ...before, failures: 0, gapBefore: null } : failed(before, nowMs);
  return { ...judged, ...seen };
}

function failed(giver: Experience, nowMs: number): Experience {
  const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** giver.failures, LONGEST_BACKOFF_MS);
  return { ...giver, failures: giver.failures + 1, notBeforeMs: nowMs + backoffMs, gapBefore: null };
}

/** How much busier than the idlest of those; null where none of them is left. */
function gapTo(load: Load, workers: readonly number[], loads: readonly Load[]): number | null {
  const others = loads.filter(({ worker }) => workers.includes(worker)).map(({ demand }) => demand);
  return others.length === 0 ? null : load.demand - Math.min(...others);
}

/** With one connection there is nothing to divide. */
function isOverloaded(load: Load, loads: readonly Load[]): boolean {
  return load.openConnections > 1 && load.demand >= BUSY && gapToIdlest(load, loads) >= GAP;
}

function isSuspicious(load: Load, loads: readonly Load[]): boolean {
  return load.openConnections > 1 && gapToIdlest(load, loads) >= SUSPICION;
}

function gapToIdlest(load: Load, loads: readonly Load[]): number {
  const others = loads.filter(({ worker, takes }) => takes && worker !== load.worker).map(({ demand }) => demand);
  return others.length === 0 ? 0 : load.demand - Math.min(...others);
}

/** The idlest loops, and what takes each of them to the mean of the giver and them. */
function divide(giver: Load, loads: readonly Load[]): Part[] {
  const idlest = loads
    .filter(({ worker, takes, demand }) => worker !== giver.worker && takes && giver.demand - demand >= GAP)
    .toSorted((a, b) => a.demand - b.demand)
    .slice(0, Math.min(MOST_RECEIVERS, giver.openConnections - 1));
  const all = [giver, ...idlest];
  const mean = all.reduce((sum, { demand }) => sum + demand, 0) / all.length;
  return idlest
    .map(({ slot, worker, demand }) => ({ slot, worker, part: (mean - demand) / giver.demand }))
    .filter(({ part }) => part >= LEAST_PART);
}
