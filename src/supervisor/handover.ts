/**
 * Who takes over the connections of a worker that drains, or has too much to do. The master introduces the two by a line, a socket pair of their
 * own, and has no part in what passes on it: no descriptor of a client comes here, and neither worker waits for us.
 */
import type { DrainReason, HandoverReason, Receiver, Relief, ToMaster, ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import type { Effect } from './events.js';
import type { Move } from './imbalance.js';
import { type SupervisorState, wantedSlots, type WorkerRecord, workersOf } from './state.js';

/** Siblings among which a worker that goes for good divides its connections. */
const MOST_RECEIVERS = 4;

export interface Taker extends Receiver {
  /** Id of the worker. */
  worker: number;
}

/**
 * Who takes over from `giver`, best first: at a reload the slot's successor; at a scale-down those of the other slots that
 * have the fewest connections, unless the policy promises a client its slot; nobody when the service ends. Pure.
 */
export function chooseTakers(
  state: SupervisorState,
  giver: WorkerRecord,
  reason: DrainReason,
  host: Omit<HandoverHost, 'send'>,
): Taker[] {
  const takerAt = (slot: number): Taker[] => {
    const ready = workersOf(state, slot).find((worker) => worker.id !== giver.id && worker.state === 'ready');
    return ready === undefined ? [] : [{ worker: ready.id, slot, openConnections: host.openConnections(slot) }];
  };
  switch (reason) {
    case 'reload':
      return takerAt(giver.slot);
    case 'scale':
      if (host.keepsClients()) return [];
      return quickest(
        wantedSlots(state)
          .filter(({ slot }) => slot !== giver.slot && host.mayTakeOver(slot))
          .flatMap(({ slot }) => takerAt(slot)),
        host,
      )
        .toSorted((a, b) => a.openConnections - b.openConnections)
        .slice(0, MOST_RECEIVERS);
    case 'stop':
    case 'orphan':
      return [];
    default:
      return reason satisfies never;
  }
}

/** A loop that is stuck at this moment is passed over, but not when there is no other: it may be back in the next. */
function quickest(takers: Taker[], host: Pick<HandoverHost, 'takesOver'>): Taker[] {
  const quick = takers.filter(({ slot }) => host.takesOver(slot));
  return quick.length > 0 ? quick : takers;
}

export interface HandoverHost {
  send(worker: number, message: ToWorker, fds: readonly number[]): boolean;
  /** Of a slot, by the state page. */
  openConnections(slot: number): number;
  /** May it be given connections, by its weight. */
  mayTakeOver(slot: number): boolean;
  /** May it be given connections, and takes them now: it is not stuck. */
  takesOver(slot: number): boolean;
  /** Does the policy promise a client its slot. */
  keepsClients(): boolean;
}

/** Tells workers to drain or to share, with a line to each worker that takes over, and counts what they take. */
export class Handovers {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #host: HandoverHost;
  #handedOver = 0;
  #rebalanced = 0;

  constructor(addon: Addon, log: Logger, host: HandoverHost) {
    this.#addon = addon;
    this.#log = log;
    this.#host = host;
  }

  /** Connections handed over by workers that drained so far, as far as their lines have ended. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** The same of workers that shared their load. */
  get rebalanced(): number {
    return this.#rebalanced;
  }

  /** A line to the worker of `slot` has ended. */
  received(slot: number, { from, because, connections, tookMs }: Extract<ToMaster, { type: 'received' }>): void {
    if (connections === 0) return;
    if (because === 'share') this.#rebalanced += connections;
    else this.#handedOver += connections;
    const what = `${connections} open ${connections === 1 ? 'connection' : 'connections'}`;
    const whose = because === 'share' ? `busier slot ${from}` : from === slot ? 'its predecessor' : `slot ${from}`;
    const message = `worker ${slot} took ${what} over from ${whose} in ${Math.round(tookMs)} ms`;
    this.#log.info(
      {
        event: because === 'share' ? 'rebalanced' : 'handed-over',
        slot,
        from,
        connections,
        tookMs: Math.round(tookMs),
      },
      message,
    );
  }

  drain(state: SupervisorState, { worker, reason, graceMs }: Extract<Effect, { type: 'drain' }>): void {
    const giver = state.workers.find(({ id }) => id === worker);
    if (giver === undefined) return;
    const lines = this.#linesTo(chooseTakers(state, giver, reason, this.#host), giver.slot, 'drain');
    const receivers = lines.map(({ slot, openConnections }) => ({ slot, openConnections }));
    const fds = lines.map(({ fd }) => fd);
    this.#host.send(worker, { type: 'drain', reason, graceMs, receivers }, fds);
    for (const fd of fds) this.#addon.close(fd);
  }

  /** Asks a worker to hand a part of its load over, and to answer with that number; false when it cannot be asked. */
  share(id: number, { slot: from, worker, receivers }: Move): boolean {
    const takers = receivers.map((receiver) => {
      return { ...receiver, openConnections: this.#host.openConnections(receiver.slot) };
    });
    const lines = this.#linesTo(takers, from, 'share');
    const reliefs = lines.map(({ slot, openConnections }): Relief => {
      return { slot, openConnections, part: receivers.find((receiver) => receiver.slot === slot)?.part ?? 0 };
    });
    const fds = lines.map(({ fd }) => fd);
    const asked = lines.length > 0 && this.#host.send(worker, { type: 'share', id, reliefs }, fds);
    for (const fd of fds) this.#addon.close(fd);
    return asked;
  }

  /** A line that cannot be had is left out: connections that nobody takes stay until they end. */
  #linesTo(takers: readonly Taker[], from: number, because: HandoverReason): (Receiver & { fd: number })[] {
    return takers.flatMap(({ worker, slot, openConnections }) => {
      try {
        const [ours, theirs] = this.#addon.socketpair();
        const sent = this.#host.send(worker, { type: 'receive', from, because }, [theirs]);
        this.#addon.close(theirs);
        if (sent) return [{ slot, openConnections, fd: ours }];
        this.#addon.close(ours);
      } catch (error) {
        this.#log.warn({ event: 'no-handover', slot }, `no line to slot ${slot}: ${(error as Error).message}`);
      }
      return [];
    });
  }
}
