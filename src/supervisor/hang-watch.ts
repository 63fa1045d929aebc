/** Finds workers whose loop does not turn any more, and says where they are before they are given up. */
import type { Logger } from '../observe/log.js';
import type { SupervisorEvent } from './events.js';
import { explainHang, judgeLoop, lookEveryMs, type LoopMemory, type TurnReading } from './hang.js';
import { reportHang } from './hang-report.js';
import type { Os } from './os.js';
import type { SupervisorState, WorkerRecord } from './state.js';

/** A look that is later than this: the master stood still, and so did the workers, perhaps. */
const LATE_NS = 500e6;

export interface HangHost {
  state(): SupervisorState;
  /** By the page's clock. */
  nowNs(): number;
  readingOf(slot: number): TurnReading;
  /** Sends the worker something that makes its loop turn. */
  ask(worker: number): void;
  /** The worker's JavaScript stack; null when it gives none within a moment. */
  stackOf(worker: number): Promise<string | null>;
  /** The kernel's number of its thread; null: not known. */
  tidOf(worker: number): number | null;
  onHung(event: Extract<SupervisorEvent, { type: 'worker-hung' }>): void;
}

export class HangWatch {
  readonly #os: Os;
  readonly #log: Logger;
  readonly #timeoutMs: number;
  readonly #host: HangHost;
  readonly #memories = new Map<number, LoopMemory>();
  /** Workers whose stack is being read, or which a debugger holds. */
  readonly #spared = new Set<number>();
  #lookedAtNs: number;
  #watchedSinceNs = 0;

  /** Does nothing with a time-out of 0. Returns what ends it. */
  static start(os: Os, log: Logger, timeoutMs: number, host: HangHost): () => void {
    if (timeoutMs === 0) return () => {};
    const watch = new HangWatch(os, log, timeoutMs, host);
    return os.every(lookEveryMs(timeoutMs), () => watch.#look());
  }

  private constructor(os: Os, log: Logger, timeoutMs: number, host: HangHost) {
    this.#os = os;
    this.#log = log;
    this.#timeoutMs = timeoutMs;
    this.#host = host;
    this.#lookedAtNs = host.nowNs();
  }

  #look(): void {
    const nowNs = this.#host.nowNs();
    if (nowNs - this.#lookedAtNs > lookEveryMs(this.#timeoutMs) * 1e6 + LATE_NS) this.#watchedSinceNs = nowNs;
    this.#lookedAtNs = nowNs;
    const ready = this.#host.state().workers.filter(({ state }) => state === 'ready');
    const known = new Set(ready.map(({ id }) => id));
    for (const id of this.#memories.keys()) if (!known.has(id)) this.#forget(id);
    for (const worker of ready) this.#judge(worker, nowNs);
  }

  #judge(worker: WorkerRecord, nowNs: number): void {
    const before = this.#memories.get(worker.id);
    const reading = this.#host.readingOf(worker.slot);
    const { memory, verdict } = judgeLoop(before, reading, nowNs, this.#timeoutMs * 1e6, this.#watchedSinceNs);
    this.#memories.set(worker.id, memory);
    if (verdict.kind === 'alive') this.#spared.delete(worker.id);
    else if (verdict.kind === 'ask') this.#host.ask(worker.id);
    else if (!this.#spared.has(worker.id)) {
      this.#spared.add(worker.id);
      void this.#end(worker, verdict.kind, verdict.forNs / 1e6, reading.turns);
    }
  }

  async #end(worker: WorkerRecord, kind: 'turn' | 'silent', forMs: number, turns: number): Promise<void> {
    const because = explainHang(kind, forMs, this.#timeoutMs);
    const { tracerPid, where, stack } = await reportHang(this.#os, worker, this.#host);
    if (tracerPid !== 0) {
      const message = `slot ${worker.slot} (pid ${worker.pid}): ${because}; pid ${tracerPid} traces it, so it is left alone`;
      this.#log.warn({ event: 'worker-traced', slot: worker.slot, workerPid: worker.pid }, message);
      return;
    }
    this.#spared.delete(worker.id);
    // It has gone on after all, while it was looked at.
    if (this.#host.readingOf(worker.slot).turns !== turns) return;
    this.#host.onHung({ type: 'worker-hung', worker: worker.id, because: `${because}: ${where}`, stack });
  }

  #forget(id: number): void {
    this.#memories.delete(id);
    this.#spared.delete(id);
  }
}
