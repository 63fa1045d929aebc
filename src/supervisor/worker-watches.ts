import type { Logger } from '../observe/log.js';
import type { Balancer } from './balancer.js';
import { DrainWatch } from './drain-watch.js';
import type { SupervisorEvent } from './events.js';
import { HangWatch } from './hang-watch.js';
import { LimitWatch } from './limit-watch.js';
import type { Os } from './os.js';
import type { SupervisorState } from './state.js';
import type { WorkerHandle } from './worker-process.js';

export interface WatchedMaster {
  state(): SupervisorState;
  balancer: Balancer;
  worker(id: number): WorkerHandle | undefined;
  dispatch(event: SupervisorEvent): void;
}

export interface WorkerWatches {
  /** The worker has answered a question for its figures. */
  heard(worker: number): void;
  /** For how long a worker that drains has not turned its loop, though it was asked to. */
  silentMs(worker: number): number;
  stop(): void;
}

/** A question for figures that nobody waits for: that it is answered is all. */
const SIGN_OF_LIFE = 0;

/** Looks after workers: do their loops turn, have they reached a limit. */
export function watchWorkers(os: Os, log: Logger, hangTimeoutMs: number, master: WatchedMaster): WorkerWatches {
  const { balancer } = master;
  const state = () => master.state();
  const stackOf = (worker: number) => master.worker(worker)?.readStack() ?? Promise.resolve(null);
  const stopHangs = HangWatch.start(os, log, hangTimeoutMs, {
    state,
    nowNs: () => Number(process.hrtime.bigint()),
    readingOf: (slot) => balancer.readingOf(slot),
    ask: (worker) => void master.worker(worker)?.send({ type: 'nudge' }),
    stackOf,
    onHung: (event) => master.dispatch(event),
  });
  const drains = new DrainWatch(os, log, hangTimeoutMs, {
    state,
    ask: (worker) => void master.worker(worker)?.send({ type: 'stats-request', id: SIGN_OF_LIFE }),
    stackOf,
    onHung: (event) => master.dispatch(event),
  });
  const stopLimits = LimitWatch.start(os, {
    state,
    requestsOf: (slot) => balancer.page.read(slot, 'requests'),
    onReached: (worker, because) => master.dispatch({ type: 'worker-spent', worker, because }),
  });
  return {
    heard: (worker) => drains.heard(worker),
    silentMs: (worker) => drains.silentMs(worker),
    stop: () => {
      stopHangs();
      drains.stop();
      stopLimits();
    },
  };
}
