/** A reading as it is told to pages. Pure. */
import { wantedSlots } from '../../supervisor/state.js';
import type { MetricsReading, QueueReading, SlotReading } from '../metrics/reading.js';
import { saturation } from '../metrics/saturation.js';
import type { ReloadSnapshot, SlotSnapshot, Snapshot } from './view/snapshot.js';

/** `atMs`: in Unix time, when it was taken; `master`: the process. */
export function snapshotOf(
  reading: MetricsReading,
  atMs: number,
  master: { pid: number; startedAtMs: number },
): Snapshot {
  const { about, state, steer, slots, addresses, queues, rescues } = reading;
  const shared = queues.filter(({ slot }) => slot === 'shared');
  return {
    atMs: Math.round(atMs),
    name: about.name,
    version: about.version,
    pid: master.pid,
    startedAtMs: Math.round(master.startedAtMs),
    phase: state.phase,
    generation: state.generation,
    wanted: wantedSlots(state).length,
    steer: { asked: steer.asked, used: steer.used },
    saturation: saturation(slots),
    slots: slots.map((slot) => slotSnapshot(slot, reading)),
    addresses: addresses.map(({ address, readyWorkers, strangers }) => ({ address, readyWorkers, strangers })),
    sharedQueued: sum(shared, ({ queued }) => queued),
    sharedDrops: sum(shared, ({ drops }) => drops),
    reloadRunning: state.rollout !== null,
    lastReload: reloadSnapshot(reading.lastReload),
    counters: {
      reloads: state.reloads,
      abortedReloads: state.abortedReloads,
      recycles: state.recycles,
      rescues: rescues.rescues,
      stolen: rescues.stolen,
      migrated: rescues.migrated,
      handedOver: reading.handedOver,
      rebalanced: reading.rebalanced,
    },
    masterRssBytes: reading.master?.rssBytes ?? null,
  };
}

function slotSnapshot(reading: SlotReading, { nowNs, nowMs }: MetricsReading): SlotSnapshot {
  const { slot, state, worker, row, serves, record, queues } = reading;
  return {
    slot,
    state,
    pid: worker?.pid ?? null,
    generation: worker?.generation ?? null,
    startedAtMs: worker === null ? null : worker.startedAtSeconds * 1_000,
    draining: reading.drainingWorkers,
    busyShare: reading.busyShare,
    turnMs: serves && row.busySinceNs > 0 ? Math.max(0, Math.round((nowNs - row.busySinceNs) / 1e6)) : 0,
    longestTurnMs: Math.round(row.longestTurnNs / 1e6),
    turns: row.turns,
    isStopped: worker?.use?.isStopped === true,
    accepted: row.connections,
    requests: row.requests,
    open: worker === null ? 0 : row.openConnections,
    queued: sum(queues, ({ queued }) => queued),
    queueLimit: sum(queues, ({ limit }) => limit),
    drops: sum(queues, ({ drops }) => drops),
    rssBytes: worker?.use?.rssBytes ?? null,
    restarts: record.restarts,
    backoffMs: record.backoffUntilMs === null ? 0 : Math.max(0, Math.round(record.backoffUntilMs - nowMs)),
    exits: { ...record.exits },
  };
}

function reloadSnapshot(outcome: MetricsReading['lastReload']): ReloadSnapshot | null {
  if (outcome === null) return null;
  const { generation, complete, endedAt, tookMs } = outcome;
  return { generation, complete, endedAtMs: Date.parse(endedAt), tookMs };
}

function sum(queues: readonly QueueReading[], value: (queue: QueueReading) => number): number {
  return queues.reduce((total, queue) => total + value(queue), 0);
}
