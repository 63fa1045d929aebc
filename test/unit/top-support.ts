/** Statuses to look at. */
import type { Status, WorkerStatus } from '../../src/observe/status.js';

export function worker(slot: number | null, change: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    slot,
    pid: 100 + (slot ?? 99),
    thread: 0,
    generation: 1,
    state: 'ready',
    why: null,
    uptimeMs: 61_000,
    requests: 0,
    openConnections: 0,
    accepted: 0,
    assigned: 0,
    pending: 0,
    refused: null,
    weight: 1,
    busyMs: 0,
    loopUtilization: 0.5,
    rssBytes: 50 * 1_048_576,
    restarts: 0,
    lastExit: null,
    ...change,
  };
}

export function listener(
  slots: readonly { slot: number; queued?: number; drops?: number }[],
): Status['listeners'][number] {
  return {
    address: '127.0.0.1',
    port: 8_080,
    family: 'IPv4',
    steer: 'idle',
    strangers: [],
    slots: slots.map(({ slot, queued = 0, drops = 0 }) => ({ slot, inode: slot, queued, backlog: 511, drops })),
  };
}

export function statusOf(change: Partial<Status> = {}): Status {
  return {
    name: 'api',
    pid: 99,
    version: '0.0.0',
    generation: 1,
    steer: { asked: 'auto', used: 'idle', why: 'the best policy' },
    changedLive: [],
    sizing: null,
    warnings: [],
    user: null,
    workers: [worker(0), worker(1)],
    listeners: [listener([{ slot: 0 }, { slot: 1 }])],
    lastReload: null,
    counters: {
      reloads: 0,
      restarts: 0,
      recycles: 0,
      rescues: 0,
      handedOver: 0,
      rebalanced: 0,
      stolen: 0,
      migrated: 0,
      helplessRescues: 0,
      longestStuckMs: 0,
      listenOverflows: null,
    },
    ...change,
  };
}
