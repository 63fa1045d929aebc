/**
 * Finds workers that hang in the middle of their drain. Their slot's row is their successor's by then, so they are asked for
 * something that only a loop that turns answers.
 */
import { formatDuration } from '../config/duration.js';
import type { Logger } from '../observe/log.js';
import { fieldsOf, nameOf } from './draft.js';
import type { SupervisorEvent } from './events.js';
import { lookEveryMs } from './hang.js';
import { reportHang } from './hang-report.js';
import type { Os } from './os.js';
import type { SupervisorState, WorkerRecord } from './state.js';

/** A look that is later than this: the master stood still, and so did the workers, perhaps. */
const LATE_MS = 500;
/** A worker that has been silent for so long is named, with where it is; earlier where the grace period is short. */
const NAMED_AFTER_MS = 5_000;
const NAMED_SHARE = 1 / 4;

export interface DrainWatchHost {
  state(): SupervisorState;
  /** Asks the worker for an answer, which is to be told by `heard`. */
  ask(worker: number): void;
  /** As of {@link HangHost}. */
  stackOf(worker: number): Promise<string | null>;
  /** The kernel's number of its thread; null: not known. */
  tidOf(worker: number): number | null;
  onHung(event: Extract<SupervisorEvent, { type: 'worker-hung' }>): void;
}

/** What becomes of a silent worker; `timeoutMs` 0: it has until the end of its grace period. Pure. */
export function judgeSilence(silentMs: number, timeoutMs: number, graceMs: number): 'wait' | 'name' | 'kill' {
  if (timeoutMs > 0 && silentMs >= timeoutMs) return 'kill';
  return silentMs >= Math.min(NAMED_AFTER_MS, graceMs * NAMED_SHARE) ? 'name' : 'wait';
}

export class DrainWatch {
  readonly #os: Os;
  readonly #log: Logger;
  readonly #timeoutMs: number;
  readonly #host: DrainWatchHost;
  /** Since when each has owed an answer. */
  readonly #askedAtMs = new Map<number, number>();
  readonly #named = new Set<number>();
  /** Workers that are being looked into. */
  readonly #underway = new Set<number>();
  readonly #everyMs: number;
  #lookedAtMs: number;
  /** Ends the watch. */
  readonly stop: () => void;

  /** `timeoutMs` 0: none is killed before the end of its grace period. */
  constructor(os: Os, log: Logger, timeoutMs: number, host: DrainWatchHost) {
    this.#os = os;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
    this.#host = host;
    const { gracefulTimeoutMs } = host.state().settings;
    this.#everyMs = lookEveryMs(timeoutMs === 0 ? gracefulTimeoutMs : Math.min(timeoutMs, gracefulTimeoutMs));
    this.#lookedAtMs = os.nowMs();
    this.stop = os.every(this.#everyMs, () => this.#look());
  }

  /** The worker has answered. */
  heard(worker: number): void {
    this.#askedAtMs.delete(worker);
  }

  /** For how long a worker that drains has not turned its loop, though it was asked to. */
  silentMs(worker: number): number {
    return this.#os.nowMs() - (this.#askedAtMs.get(worker) ?? this.#os.nowMs());
  }

  #look(): void {
    const nowMs = this.#os.nowMs();
    const isLate = nowMs - this.#lookedAtMs > this.#everyMs + LATE_MS;
    this.#lookedAtMs = nowMs;
    const draining = this.#host.state().workers.filter(({ state }) => state === 'draining');
    const known = new Set(draining.map(({ id }) => id));
    for (const id of this.#askedAtMs.keys()) {
      if (!known.has(id)) this.#forget(id);
      else if (isLate) this.#askedAtMs.set(id, nowMs);
    }
    for (const worker of draining) this.#judge(worker, nowMs);
  }

  #judge(worker: WorkerRecord, nowMs: number): void {
    const askedAtMs = this.#askedAtMs.get(worker.id);
    if (askedAtMs === undefined) {
      this.#askedAtMs.set(worker.id, nowMs);
      this.#named.delete(worker.id);
      return this.#host.ask(worker.id);
    }
    const silentMs = nowMs - askedAtMs;
    const { gracefulTimeoutMs } = this.#host.state().settings;
    const verdict = judgeSilence(silentMs, this.#timeoutMs, gracefulTimeoutMs);
    if (verdict === 'wait' || this.#underway.has(worker.id)) return;
    if (verdict === 'name' && this.#named.has(worker.id)) return;
    void this.#tell(worker, verdict, silentMs, askedAtMs);
  }

  async #tell(worker: WorkerRecord, verdict: 'name' | 'kill', silentMs: number, askedAtMs: number): Promise<void> {
    const { id } = worker;
    this.#underway.add(id);
    const { tracerPid, where, stack } = await reportHang(this.#os, worker, this.#host);
    this.#underway.delete(id);
    // It has gone on after all, while it was looked at, or is a debugger's.
    if (this.#askedAtMs.get(id) !== askedAtMs || tracerPid !== 0) return;
    const because = `its event loop has not turned for ${(silentMs / 1000).toFixed(1)} s in its drain (${worker.end})`;
    if (verdict === 'kill') {
      const limit = `hangTimeout ${formatDuration(this.#timeoutMs)}`;
      this.#host.onHung({ type: 'worker-hung', worker: id, because: `${because}, ${limit}: ${where}`, stack });
      return;
    }
    this.#named.add(id);
    const fields = { event: 'drain-hung', code: 'WARN_DRAIN_HUNG', ...fieldsOf(worker), stack };
    // Without a hang time-out workers have no stack witness, and nothing is known of where it is.
    const at = this.#timeoutMs === 0 ? '' : `: ${where}`;
    this.#log.warn(fields, `${nameOf(worker)} hangs: ${because}${at}`);
  }

  #forget(id: number): void {
    this.#askedAtMs.delete(id);
    this.#named.delete(id);
  }
}
