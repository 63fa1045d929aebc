import type { Logger } from '../observe/log.js';
import type { Balancer } from './balancer.js';
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

/** Looks after workers that serve: do their loops turn, have they reached a limit. Returns what ends it. */
export function watchWorkers(os: Os, log: Logger, hangTimeoutMs: number, master: WatchedMaster): () => void {
  const { balancer } = master;
  const state = () => master.state();
  const stopHangs = HangWatch.start(os, log, hangTimeoutMs, {
    state,
    nowNs: () => Number(process.hrtime.bigint()),
    readingOf: (slot) => balancer.readingOf(slot),
    ask: (worker) => void master.worker(worker)?.send({ type: 'nudge' }),
    stackOf: (worker) => master.worker(worker)?.readStack() ?? Promise.resolve(null),
    onHung: (event) => master.dispatch(event),
  });
  const stopLimits = LimitWatch.start(os, {
    state,
    requestsOf: (slot) => balancer.page.read(slot, 'requests'),
    onReached: (worker, because) => master.dispatch({ type: 'worker-spent', worker, because }),
  });
  return () => {
    stopHangs();
    stopLimits();
  };
}
