/** Workers as the supervisor's decisions see them, without processes: what its effects lead to, step by step. */
import type { Happening } from '../../src/hooks/hooks.js';
import { isAwaited } from '../../src/supervisor/awaited.js';
import type { Effect, RequestResult, SupervisorEvent, TakenOverWorker } from '../../src/supervisor/events.js';
import { NO_LIMITS } from '../../src/supervisor/limits.js';
import { initialState, NO_SLOT, type SupervisorSettings, type SupervisorState } from '../../src/supervisor/state.js';
import { transition } from '../../src/supervisor/transition.js';

export const settings: SupervisorSettings = {
  workers: 2,
  threads: 1,
  range: null,
  surge: 1,
  spares: 0,
  readyTimeoutMs: 30_000,
  gracefulTimeoutMs: 30_000,
  limits: NO_LIMITS,
};

interface Timer {
  dueMs: number;
  event: SupervisorEvent;
}

export class Simulation {
  state: SupervisorState;
  nowMs = 0;
  /** Worker ids of processes that live. */
  readonly alive = new Set<number>();
  readonly slots = new Map<number, number>();
  /** Living workers that were told to end, by drain or signal. */
  readonly ending = new Map<number, string>();
  /** The listener that each slot has in custody, with the workers that hold a copy. */
  readonly custody = new Map<number, Set<number>>();
  /** Slots whose listener was let go. */
  readonly pruned: number[] = [];
  readonly timers = new Map<string, Timer>();
  readonly answers = new Map<string, RequestResult>();
  readonly logs: Extract<Effect, { type: 'log' }>[] = [];
  readonly happenings: Happening[] = [];
  exit: Extract<Effect, { type: 'exit' }> | null = null;
  #nextRequest = 1;

  constructor(overrides: Partial<SupervisorSettings> = {}, takenOver: TakenOverWorker[] = []) {
    this.state = initialState({ ...settings, ...overrides });
    if (takenOver.length > 0) this.step({ type: 'taken-over', workers: takenOver });
    for (const { worker, slot, state } of takenOver) {
      this.alive.add(worker);
      this.slots.set(worker, slot);
      if (state === 'draining') this.ending.set(worker, 'drain');
    }
    this.step({ type: 'start' });
  }

  step(event: SupervisorEvent): Effect[] {
    const { state, effects } = transition(this.state, event, this.nowMs);
    this.state = state;
    for (const effect of effects) this.#follow(effect);
    if (this.exit === null) this.#prune();
    else this.custody.clear();
    return effects;
  }

  /** As the master does after each event. */
  #prune(): void {
    this.pruned.length = 0;
    for (const [slot, holders] of this.custody) {
      if (holders.size > 0 || isAwaited(this.state, { slot })) continue;
      this.custody.delete(slot);
      this.pruned.push(slot);
    }
  }

  #follow(effect: Effect): void {
    switch (effect.type) {
      case 'spawn':
        this.alive.add(effect.worker);
        this.slots.set(effect.worker, effect.slot);
        break;
      case 'assign':
        this.slots.set(effect.worker, effect.slot);
        break;
      case 'drain':
        this.ending.set(effect.worker, 'drain');
        break;
      case 'signal':
        this.ending.set(effect.worker, effect.signal);
        break;
      case 'arm':
        this.timers.set(effect.timer, { dueMs: this.nowMs + effect.afterMs, event: effect.event });
        break;
      case 'disarm':
        this.timers.delete(effect.timer);
        break;
      case 'answer':
        this.answers.set(effect.request, effect.result);
        break;
      case 'log':
        this.logs.push(effect);
        break;
      case 'happened':
        this.happenings.push(effect.happening);
        break;
      case 'exit':
        this.exit = effect;
        break;
      default:
        effect satisfies never;
    }
  }

  /** It adopts or binds the listener of its slot, and says that it is ready; a spare waits with that. */
  ready(worker: number): void {
    const slot = this.slots.get(worker) ?? NO_SLOT;
    if (slot === NO_SLOT) return void this.step({ type: 'spare-loaded', worker });
    this.custody.set(slot, (this.custody.get(slot) ?? new Set()).add(worker));
    this.step({ type: 'worker-ready', worker });
  }

  /** Every worker that starts gets ready. */
  readyAll(): void {
    for (const { id, state } of this.state.workers) if (state === 'starting' && !this.ending.has(id)) this.ready(id);
  }

  /** Its loop stands still. */
  hang(worker: number): void {
    this.step({ type: 'worker-hung', worker, because: 'its loop stands still', stack: null });
  }

  /** The process ends. */
  die(worker: number, code: number | null = 1, signal: string | null = null): void {
    this.alive.delete(worker);
    this.ending.delete(worker);
    for (const holders of this.custody.values()) holders.delete(worker);
    this.step({ type: 'worker-exited', worker, code, signal, error: null });
  }

  /** Every worker that was told to end does. */
  endAll(): void {
    for (const [worker, how] of this.ending) this.die(worker, how === 'drain' ? 0 : null, how === 'drain' ? null : how);
  }

  /** The next timer fires, at its time. */
  fireNext(): boolean {
    const [next] = [...this.timers].toSorted(([, a], [, b]) => a.dueMs - b.dueMs);
    if (next === undefined) return false;
    const [name, timer] = next;
    this.timers.delete(name);
    this.nowMs = Math.max(this.nowMs, timer.dueMs);
    this.step(timer.event);
    return true;
  }

  request(make: (request: string) => SupervisorEvent): string {
    const request = String(this.#nextRequest++);
    this.step(make(request));
    return request;
  }

  reload(): string {
    return this.request((request) => ({ type: 'reload', request }));
  }

  scale(workers: number): string {
    return this.request((request) => ({ type: 'scale', workers, request }));
  }

  stop(mode: 'graceful' | 'quick' = 'graceful'): string {
    return this.request((request) => ({ type: 'stop', mode, request }));
  }

  /** Ready, end, ready again … until nothing moves any more. */
  settle(): void {
    for (let round = 0; round < 1000; round += 1) {
      const before = JSON.stringify(this.state);
      this.readyAll();
      this.endAll();
      if (JSON.stringify(this.state) === before) return;
    }
    throw new Error('the simulation does not settle');
  }

  states(): string[] {
    return this.state.workers.map(({ slot, generation, state }) => `${slot}:${generation}:${state}`);
  }

  events(): string[] {
    return this.logs.map(({ event }) => event);
  }
}
