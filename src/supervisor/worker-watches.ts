import type { Logger } from '../observe/log.js';
import type { Balancer } from './balancer.js';
import { DrainWatch } from './drain-watch.js';
import { HangWatch } from './hang-watch.js';
import { LimitWatch } from './limit-watch.js';
import type { Os } from './os.js';
import type { SupervisorState } from './state.js';
import { loopId, type LoopReport } from './threads.js';
import type { WorkerHandle } from './worker-process.js';

export interface WatchedMaster {
  state(): SupervisorState;
  processes(): SupervisorState;
  balancer: Balancer;
  worker(id: number): WorkerHandle | undefined;
  report(report: LoopReport): void;
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
  const { threads } = state().settings;
  const stackOf = (worker: number) => master.worker(worker)?.readStack() ?? Promise.resolve(null);
  const tidOf = (worker: number) => master.worker(worker)?.tid ?? null;
  const stopHangs = HangWatch.start(os, log, hangTimeoutMs, {
    state,
    nowNs: () => Number(process.hrtime.bigint()),
    readingOf: (slot) => balancer.readingOf(slot),
    ask: (worker) => void master.worker(worker)?.send({ type: 'nudge' }),
    stackOf,
    tidOf,
    onHung: (event) => master.report(event),
  });
  const drains = new DrainWatch(os, log, hangTimeoutMs, {
    state,
    ask: (worker) => void master.worker(worker)?.send({ type: 'stats-request', id: SIGN_OF_LIFE }),
    stackOf,
    tidOf,
    onHung: (event) => master.report(event),
  });
  const stopLimits = LimitWatch.start(os, {
    state: () => master.processes(),
    requestsOf: (first) => {
      const slots = Array.from({ length: threads }, (_, thread) => first + thread);
      return slots.reduce((sum, slot) => sum + balancer.page.read(slot, 'requests'), 0);
    },
    onReached: (worker, because) => {
      master.report({ type: 'worker-spent', worker: loopId(worker, 0, threads), because });
    },
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
