/**
 * The end of a slot's service without loss: what is on its way to its listeners, and what waits in them, is served by its
 * own worker while there is one, and taken over by others when there is none.
 */
import type { Addon } from '../native/addon.js';
import { isAwaited } from './awaited.js';
import type { Balancer } from './balancer.js';
import type { Custody, CustodyEntry } from './custody.js';
import { isDeserted } from './deserted.js';
import { Emptying, HANDSHAKES_MS } from './emptying.js';
import type { Effect } from './events.js';
import { Handshakes } from './handshakes.js';
import type { Os } from './os.js';
import { type SupervisorSettings, type SupervisorState, type WorkerRecord, workersOf } from './state.js';

type Drain = Extract<Effect, { type: 'drain' }>;

export interface RetirementHost {
  os: Pick<Os, 'nowMs' | 'timer'>;
  addon: Pick<Addon, 'handshakes' | 'stopListening'>;
  custody: Pick<Custody, 'all' | 'read' | 'prune'>;
  balancer: Pick<Balancer, 'relieve' | 'canRelieve' | 'refuse' | 'silence'>;
  state(): SupervisorState;
  /** Does a listener stay open when this service has ended. */
  outlives(entry: CustodyEntry): boolean;
  /** Tells a worker to drain. */
  send(drain: Drain): void;
  /** The listener of a slot that goes has been shut down and is about to be closed. */
  onRetired(entry: CustodyEntry): void;
  /** Listeners have been closed. */
  onClosed(): void;
  options: { rescueAfterMs: number; supervisor: Pick<SupervisorSettings, 'gracefulTimeoutMs'> };
}

export class Retirement {
  readonly #host: RetirementHost;
  readonly #handshakes: Handshakes;
  readonly #emptying: Emptying;
  /** Listeners to be closed as soon as they are empty: whether they are. */
  readonly #leaving = new Map<CustodyEntry, { isEmpty: boolean }>();
  /** Workers that are to drain, and are told so as soon as nobody comes to them or needs them any more. */
  readonly #heldBack = new Set<number>();
  /** Listeners of slots without a worker, which others are to empty; who is told so again begins anew. */
  readonly #takenOver = new Map<CustodyEntry, object>();

  constructor(host: RetirementHost) {
    const { os, addon, custody, balancer } = host;
    this.#host = host;
    this.#handshakes = new Handshakes(addon, os);
    this.#emptying = new Emptying(this.#handshakes, os, {
      queued: (entry) => custody.read(entry).queuedConnections,
      relieve: (slot) => balancer.relieve(slot),
    });
  }

  /** Can the worker still be asked to serve more, though it drains. */
  isHeldBack(worker: number): boolean {
    return this.#heldBack.has(worker);
  }

  /**
   * Has workers drain whose slots are out of the selection by now. One with a successor at once, because that goes on with
   * its listeners; the others when everybody has come in whose handshake is under way, so that nobody is left in the
   * middle of it. At the end of the service they first take what waits for slots without a worker.
   */
  drain(drains: readonly Drain[]): void {
    const { os, balancer } = this.#host;
    const forGood = drains.filter(({ reason }) => reason !== 'reload');
    for (const drain of drains) if (drain.reason === 'reload') this.#host.send(drain);
    if (forGood.length === 0) return;
    const all = this.#tcpEntries();
    const isEnd = forGood.some(({ reason }) => reason === 'stop');
    const slots = new Set(forGood.map(({ worker }) => this.#slotOf(worker)));
    const entries = isEnd ? all : all.filter(({ slot }) => slots.has(slot));
    // What waits for the next start of the service must go on waiting.
    if (isEnd) balancer.refuse(entries.filter((entry) => !this.#host.outlives(entry)));
    else balancer.silence(entries);
    for (const { worker } of forGood) this.#heldBack.add(worker);
    const begunMs = os.nowMs();
    const longestMs = Math.min(...forGood.map(({ graceMs }) => graceMs / 2));
    const send = () => {
      const passedMs = os.nowMs() - begunMs;
      for (const drain of forGood) {
        this.#heldBack.delete(drain.worker);
        this.#host.send({ ...drain, graceMs: drain.graceMs - passedMs });
      }
      this.prune();
    };
    this.#handshakes.whenEnded(
      portsOf(entries),
      Math.min(HANDSHAKES_MS, longestMs),
      () => this.#emptying.whenEmpty(() => this.#deserted(), begunMs + longestMs, send),
      () => this.#relieveDeserted(),
    );
  }

  /** A worker has come or gone: those that serve take over what comes to slots without one. */
  takeOver(): void {
    const { custody, options } = this.#host;
    // Without rescue a queue waits for its own slot's next worker.
    if (options.rescueAfterMs === 0) return;
    for (const entry of this.#tcpEntries()) {
      if (this.#isServed(entry.slot, 'ready', 'draining')) continue;
      const token = {};
      this.#takenOver.set(entry, token);
      const isNewest = () => this.#takenOver.get(entry) === token;
      const isOver = () => !isNewest() || this.#isServed(entry.slot, 'ready') || !custody.all().includes(entry);
      this.#emptying.bridge(entry, this.#longestMs, isOver, () => {
        if (isNewest()) this.#takenOver.delete(entry);
      });
    }
  }

  /** Lets go of listeners that no worker serves on and none will adopt, each as soon as nobody loses by it. */
  prune(): void {
    const { custody } = this.#host;
    const state = this.#host.state();
    const isLeft = (entry: CustodyEntry) => entry.holders.size === 0 && !isAwaited(state, entry);
    for (const entry of custody.all()) if (!isLeft(entry)) this.#leaving.delete(entry);
    const closed = custody.prune(
      (entry) => isLeft(entry) && this.#mayClose(entry),
      (entry) => this.#endForAll(entry),
    );
    for (const entry of closed) this.#leaving.delete(entry);
    if (closed.length > 0) this.#host.onClosed();
  }

  close(): void {
    this.#handshakes.close();
    this.#emptying.close();
  }

  #mayClose(entry: CustodyEntry): boolean {
    // A worker that serves and closed this listener did so for the program.
    if (entry.info.family === 'unix' || this.#isServed(entry.slot, 'ready')) return true;
    // At the end others empty it until they are told to drain, and nobody does afterwards.
    if (this.#isEnding) return !this.#deserted().includes(entry);
    return (this.#leaving.get(entry) ?? this.#leave(entry)).isEmpty;
  }

  /**
   * A duplicate of it may be in other hands: then our closing leaves it in its group, and connections wait there for ever. So
   * the listener of a slot that goes is shut down, which holds for all of its descriptors.
   */
  #endForAll(entry: CustodyEntry): void {
    if (!this.#leaving.has(entry) || this.#host.outlives(entry)) return;
    try {
      this.#host.addon.stopListening(entry.fd);
    } catch (error) {
      // It never listened: nobody waits there.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTCONN') throw error;
    }
    this.#host.onRetired(entry);
  }

  #leave(entry: CustodyEntry): { isEmpty: boolean } {
    const leaving = { isEmpty: false };
    this.#leaving.set(entry, leaving);
    let isLater = false;
    const isOver = () => this.#leaving.get(entry) !== leaving;
    this.#emptying.begin(entry, this.#longestMs, isOver, () => {
      leaving.isEmpty = true;
      if (isLater) this.prune();
    });
    isLater = true;
    return leaving;
  }

  /** While the service ends: listeners that others can still empty, and only they. */
  #deserted(): CustodyEntry[] {
    if (!this.#isEnding) return [];
    const host = this.#host;
    const isLost = (entry: CustodyEntry) => isDeserted(host.state(), entry) && !host.outlives(entry);
    return this.#tcpEntries().filter((entry) => isLost(entry) && host.balancer.canRelieve(entry));
  }

  #relieveDeserted(): void {
    for (const { slot } of this.#deserted()) this.#host.balancer.relieve(slot);
  }

  get #isEnding(): boolean {
    return this.#host.state().phase !== 'running';
  }

  /** How long a queue may wait for somebody to take it over. */
  get #longestMs(): number {
    return this.#host.options.supervisor.gracefulTimeoutMs;
  }

  /** Has the slot a worker in one of these states. */
  #isServed(slot: number, ...by: WorkerRecord['state'][]): boolean {
    return workersOf(this.#host.state(), slot).some(({ state }) => by.includes(state));
  }

  #slotOf(worker: number): number | undefined {
    return this.#host.state().workers.find(({ id }) => id === worker)?.slot;
  }

  #tcpEntries(): CustodyEntry[] {
    return this.#host.custody.all().filter(({ info }) => info.family !== 'unix');
  }
}

function portsOf(entries: readonly CustodyEntry[]): Set<number> {
  return new Set(entries.map(({ info }) => info.port));
}
