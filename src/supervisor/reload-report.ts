/** What a reload has cost, and what was served meanwhile. */
import type { WorkerStats } from '../channel/messages.js';
import { type KernelCounters, readKernelCounters, since } from './kernel-counters.js';
import type { RescueCounters } from './rescue.js';
import { type SupervisorState, wantedSlots } from './state.js';

/** How long a reload waits for the workers' figures when it is over; a loop that does not turn in that time is left out. */
const STATS_MS = 2_000;

export interface ReloadReport {
  generation: number;
  /** false: it was aborted, and those that were not replaced serve on. */
  complete: boolean;
  /** When it ended, as an ISO 8601 time. */
  endedAt: string;
  workers: number;
  tookMs: number;
  /** Connections that workers accepted meanwhile. */
  accepted: number;
  /** Workers whose part in `accepted` is not known, because they did not end by themselves or did not answer. */
  uncountedWorkers: number;
  /** Open connections that passed from a worker to another. */
  handedOver: number;
  /** Connections that other workers accepted from the queue of a stuck one. */
  stolen: number;
  /** Connections that the kernel moved from the queue of a stuck one. */
  migrated: number;
  /** The longest that a loop stood still before its queue was taken over: no connection in it waited longer; 0: none did. */
  longestStuckMs: number;
  /** Of the whole network namespace, by whomever; null where the kernel does not tell. */
  namespace: KernelCounters | null;
}

/** What is known of a reload as soon as it has ended. */
export type ReloadOutcome = Pick<ReloadReport, 'generation' | 'complete' | 'endedAt' | 'tookMs'>;

export interface ReloadHost {
  readStats(withinMs: number): Promise<Map<number, WorkerStats>>;
  /** Figures as they come; the function that it returns ends it, and returns them. */
  collectStats(): () => Map<number, WorkerStats>;
  handedOver(): number;
  rescues(): RescueCounters;
  /** Until it is called: returns the longest that a rescued queue's loop had been stuck. */
  watchLongest(): () => number;
}

interface Running {
  generation: number;
  startedAtMs: number;
  /** Connections that each worker had accepted, by worker id. */
  before: () => Map<number, WorkerStats>;
  /** What those that have ended had accepted. */
  farewells: Map<number, number>;
  /** Workers that served already. */
  old: ReadonlySet<number>;
  /** Workers that have served meanwhile. */
  ids: Set<number>;
  /** How many were complete before. */
  reloads: number;
  handedOver: number;
  rescues: RescueCounters;
  kernel: KernelCounters | null;
  longest: () => number;
}

export class ReloadReports {
  readonly #host: ReloadHost;
  #running: Running | null = null;
  #last: Promise<ReloadReport> | null = null;
  #outcome: ReloadOutcome | null = null;

  constructor(host: ReloadHost) {
    this.#host = host;
  }

  /** Of the newest reload that has ended, this one's master's; null: there was none. */
  get last(): Promise<ReloadReport> | null {
    return this.#last;
  }

  /** The same reload without what the workers must be asked for. */
  get outcome(): ReloadOutcome | null {
    return this.#outcome;
  }

  /** After every change of the supervisor's state. */
  observe(state: SupervisorState, nowMs: number): void {
    const running = this.#running;
    if (running !== null) for (const id of servingIds(state)) running.ids.add(id);
    if (running?.generation === state.rollout?.generation) return;
    if (running !== null) this.#last = this.#report(running, state, nowMs);
    this.#running = state.rollout === null ? null : this.#begin(state, nowMs);
  }

  /** A worker ends, and says what it has done. */
  farewell(worker: number, { accepted }: WorkerStats): void {
    this.#running?.farewells.set(worker, accepted);
  }

  #begin(state: SupervisorState, nowMs: number): Running {
    const host = this.#host;
    return {
      generation: state.generation,
      startedAtMs: nowMs,
      before: host.collectStats(),
      farewells: new Map(),
      old: new Set(servingIds(state)),
      ids: new Set(servingIds(state)),
      reloads: state.reloads,
      handedOver: host.handedOver(),
      rescues: { ...host.rescues() },
      kernel: readKernelCounters(),
      longest: host.watchLongest(),
    };
  }

  async #report(running: Running, state: SupervisorState, nowMs: number): Promise<ReloadReport> {
    const host = this.#host;
    const rescues = host.rescues();
    const report = {
      generation: running.generation,
      complete: state.reloads > running.reloads,
      endedAt: new Date().toISOString(),
      workers: wantedSlots(state).length,
      tookMs: Math.round(nowMs - running.startedAtMs),
      stolen: rescues.stolen - running.rescues.stolen,
      migrated: rescues.migrated - running.rescues.migrated,
      longestStuckMs: Math.round(running.longest()),
      namespace: since(running.kernel, readKernelCounters()),
    };
    this.#outcome = report;
    const now = await host.readStats(STATS_MS);
    // What a receiver says of a line comes before what it answers to the question.
    const handedOver = host.handedOver() - running.handedOver;
    return { ...report, handedOver, ...acceptedBetween(running, running.before(), now) };
  }
}

export function acceptedBetween(
  { ids, old, farewells }: Pick<Running, 'ids' | 'old' | 'farewells'>,
  before: ReadonlyMap<number, WorkerStats>,
  now: ReadonlyMap<number, WorkerStats>,
): Pick<ReloadReport, 'accepted' | 'uncountedWorkers'> {
  const each = [...ids].map((id) => {
    const last = farewells.get(id) ?? now.get(id)?.accepted;
    const first = old.has(id) ? before.get(id)?.accepted : 0;
    return last === undefined || first === undefined ? null : last - first;
  });
  return {
    accepted: each.reduce<number>((sum, count) => sum + (count ?? 0), 0),
    uncountedWorkers: each.filter((count) => count === null).length,
  };
}

function servingIds({ workers }: SupervisorState): number[] {
  return workers.filter(({ state }) => state === 'ready' || state === 'draining').map(({ id }) => id);
}
