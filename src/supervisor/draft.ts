import type { Effect, LogFields, SupervisorEvent } from './events.js';
import {
  backoffMs,
  CRASH_LOOP_FAILURES,
  isActive,
  type EndReason,
  type SlotRecord,
  type SupervisorState,
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

  arm(timer: string, afterMs: number, event: SupervisorEvent): void {
    this.effects.push({ type: 'arm', timer, afterMs, event });
  }

  disarm(timer: string): void {
    this.effects.push({ type: 'disarm', timer });
  }

  spawn(slot: number): void {
    const { state } = this;
    const id = state.nextWorkerId++;
    state.workers.push({
      id,
      slot,
      generation: state.generation,
      pid: null,
      state: 'starting',
      startedAtMs: this.nowMs,
      readyAtMs: null,
      end: null,
    });
    const record = this.slot(slot);
    if (record?.backoffUntilMs != null) {
      record.backoffUntilMs = null;
      this.disarm(`backoff:${slot}`);
    }
    this.effects.push({ type: 'spawn', worker: id, slot, generation: state.generation });
    this.arm(`ready:${id}`, state.settings.readyTimeoutMs, { type: 'ready-overdue', worker: id });
  }

  /** Ends a worker as gently as its state allows: one that never served is killed, one that serves drains. */
  retire(worker: WorkerRecord, why: 'reload' | 'scale' | 'stop'): void {
    if (worker.state === 'starting') {
      this.kill(worker, why);
    } else if (worker.state === 'ready') {
      worker.state = 'draining';
      worker.end = why;
      const graceMs = this.state.settings.gracefulTimeoutMs;
      this.effects.push({ type: 'drain', worker: worker.id, reason: why, graceMs });
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
    const waitMs = backoffMs(slot.failures);
    if (waitMs === 0) {
      slot.restarts += 1;
      this.spawn(slot.slot);
      return;
    }
    slot.backoffUntilMs = this.nowMs + waitMs;
    this.arm(`backoff:${slot.slot}`, waitMs, { type: 'backoff-over', slot: slot.slot });
    const fields = { slot: slot.slot, failures: slot.failures, waitMs };
    if (slot.failures >= CRASH_LOOP_FAILURES) {
      const message = `crash loop: slot ${slot.slot} failed ${slot.failures} times in a row; next try in ${waitMs} ms`;
      this.log('error', 'crash-loop', message, { ...fields, code: 'ERR_CRASH_LOOP' });
    } else {
      this.log('warn', 'worker-backoff', `slot ${slot.slot} starts again in ${waitMs} ms`, fields);
    }
  }

  dropSlot(slot: SlotRecord): void {
    this.state.slots = this.state.slots.filter((other) => other !== slot);
  }
}

export function fieldsOf(worker: WorkerRecord): LogFields {
  return { slot: worker.slot, workerPid: worker.pid, generation: worker.generation };
}

/** `slot 3 (pid 8121)`, as messages name a worker. */
export function nameOf(worker: WorkerRecord): string {
  return `slot ${worker.slot} (pid ${worker.pid ?? 'none'})`;
}
