import type { Happening, WorkerAbout } from '../hooks/hooks.js';
import type { Effect, LogFields, SupervisorEvent } from './events.js';
import {
  backoffMs,
  CRASH_LOOP_FAILURES,
  isActive,
  NO_SLOT,
  type EndReason,
  type SlotRecord,
  type SupervisorState,
  surplusWorkers,
  type WorkerRecord,
  workersOf,
} from './state.js';

/** A state being changed and the effects that the change asks for: what the parts of `transition` share. */
export class Draft {
  readonly state: SupervisorState;
  readonly nowMs: number;
  readonly effects: Effect[] = [];

  constructor(state: SupervisorState, nowMs: number) {
    this.state = structuredClone(state);
    this.nowMs = nowMs;
  }

  worker(id: number): WorkerRecord | undefined {
    return this.state.workers.find((worker) => worker.id === id);
  }

  slot(index: number): SlotRecord | undefined {
    return this.state.slots.find((slot) => slot.slot === index);
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', event: string, message: string, fields: LogFields = {}): void {
    this.effects.push({ type: 'log', level, event, message, fields });
  }

  happened(happening: Happening): void {
    this.effects.push({ type: 'happened', happening });
  }

  arm(timer: string, afterMs: number, event: SupervisorEvent): void {
    this.effects.push({ type: 'arm', timer, afterMs, event });
  }

  disarm(timer: string): void {
    this.effects.push({ type: 'disarm', timer });
  }

  /** The slot's next worker: a spare, or a new process. */
  spawn(slot: number): void {
    const record = this.slot(slot);
    if (record?.backoffUntilMs != null) {
      record.backoffUntilMs = null;
      this.disarm(`backoff:${slot}`);
    }
    const spare = this.spareFor(slot);
    if (spare === undefined) this.start(slot);
    else this.#assign(spare, slot);
  }

  /** A rollout replaces workers by those that loaded the new program. */
  spareFor(slot: number): WorkerRecord | undefined {
    const { workers, generation } = this.state;
    return workers.find((worker) => {
      return worker.state === 'spare' && (worker.generation === generation || !this.isInRollout(slot));
    });
  }

  #assign(spare: WorkerRecord, slot: number): void {
    spare.slot = slot;
    spare.rank = this.state.nextRank++;
    spare.state = 'starting';
    spare.startedAtMs = this.nowMs;
    spare.readyAtMs = null;
    this.log('info', 'spare-used', `a spare takes slot ${slot}`, fieldsOf(spare));
    this.effects.push({ type: 'assign', worker: spare.id, slot });
    this.#expectReady(spare.id);
  }

  start(slot: number): void {
    const { state } = this;
    const id = state.nextWorkerId++;
    state.workers.push({
      id,
      slot,
      rank: state.nextRank++,
      generation: state.generation,
      pid: null,
      state: 'starting',
      startedAtMs: this.nowMs,
      readyAtMs: null,
      recycle: null,
      end: null,
      drainingSinceMs: null,
      endedThreads: [],
    });
    this.effects.push({ type: 'spawn', worker: id, slot, generation: state.generation });
    this.#expectReady(id);
  }

  #expectReady(worker: number): void {
    this.arm(`ready:${worker}`, this.state.settings.readyTimeoutMs, { type: 'ready-overdue', worker });
  }

  /** Ends a worker as gently as its state allows: one that never served is killed, one that serves drains. */
  retire(worker: WorkerRecord, why: 'reload' | 'recycle' | 'scale' | 'stop'): void {
    if (worker.state === 'starting' || worker.state === 'spare') {
      this.kill(worker, why);
    } else if (worker.state === 'ready') {
      worker.state = 'draining';
      worker.end = why;
      worker.drainingSinceMs = this.nowMs;
      const graceMs = this.state.settings.gracefulTimeoutMs;
      // To the worker recycling is the reload of its slot: a successor shares its listeners.
      const reason = why === 'recycle' ? 'reload' : why;
      this.effects.push({ type: 'drain', worker: worker.id, reason, graceMs });
      this.arm(`graceful:${worker.id}`, graceMs, { type: 'drain-overdue', worker: worker.id });
      this.log('info', 'worker-draining', `worker ${worker.slot} drains (${why})`, fieldsOf(worker));
    }
  }

  kill(worker: WorkerRecord, why: EndReason): void {
    if (worker.state === 'killed') return;
    worker.state = 'killed';
    worker.end ??= why;
    this.disarm(`ready:${worker.id}`);
    this.effects.push({ type: 'signal', worker: worker.id, signal: 'SIGKILL' });
  }

  /** Starts the slot's next worker now or after the back-off, unless one serves or starts already. */
  restart(slot: SlotRecord): void {
    if (!slot.wanted || this.state.phase !== 'running') return;
    if (workersOf(this.state, slot.slot).some(isActive) || slot.backoffUntilMs !== null) return;
    // A spare has loaded the program well: only from the second failure in a row on is it held back.
    const waitMs = backoffMs(this.spareFor(slot.slot) === undefined ? slot.failures : slot.failures - 1);
    if (waitMs === 0) {
      slot.restarts += 1;
      this.spawn(slot.slot);
      return;
    }
    this.backOff(slot, waitMs);
    const fields = { slot: slot.slot, failures: slot.failures, waitMs };
    if (slot.failures >= CRASH_LOOP_FAILURES) {
      const message = `crash loop: slot ${slot.slot} failed ${slot.failures} times in a row; next try in ${waitMs} ms`;
      this.log('error', 'crash-loop', message, { ...fields, code: 'ERR_CRASH_LOOP' });
    } else {
      this.log('warn', 'worker-backoff', `slot ${slot.slot} starts again in ${waitMs} ms`, fields);
    }
  }

  /** The slot's next worker starts no sooner than this. */
  backOff(slot: SlotRecord, waitMs: number): void {
    slot.backoffUntilMs = this.nowMs + waitMs;
    this.arm(`backoff:${slot.slot}`, waitMs, { type: 'backoff-over', slot: slot.slot });
  }

  /** May one more slot be replaced now. */
  hasRoom(): boolean {
    return surplusWorkers(this.state) < this.state.settings.surge;
  }

  /** The running rollout replaces this slot, or will. */
  isInRollout(slot: number): boolean {
    const { rollout } = this.state;
    return rollout !== null && (rollout.pending.includes(slot) || rollout.active.includes(slot));
  }

  dropSlot(slot: SlotRecord): void {
    this.state.slots = this.state.slots.filter((other) => other !== slot);
  }
}

export function fieldsOf(worker: WorkerRecord): LogFields {
  return { slot: worker.slot === NO_SLOT ? null : worker.slot, workerPid: worker.pid, generation: worker.generation };
}

/** As hooks are told of it. */
export function aboutWorker({ slot, pid, generation }: WorkerRecord): Omit<WorkerAbout, 'name'> {
  return { slot: slot === NO_SLOT ? null : slot, pid, generation };
}

/** `slot 3 (pid 8121)`, as messages name a worker. */
export function nameOf(worker: WorkerRecord): string {
  const name = worker.slot === NO_SLOT ? 'a spare' : `slot ${worker.slot}`;
  return `${name} (pid ${worker.pid ?? 'none'})`;
}
