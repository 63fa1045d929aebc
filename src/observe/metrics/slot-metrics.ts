/** Metrics of each slot: its worker, its loop, its connections. */
import type { ExitReason } from '../../supervisor/state.js';
import { type MetricDefinition, type MetricGroup, perSlot, type Sample } from './definition.js';

/** Told from the start, so that the first increase is seen; the others once they have happened. */
const ALWAYS_TOLD: readonly ExitReason[] = ['crash', 'hung', 'not-ready'];

const exits: MetricDefinition = {
  type: 'counter',
  labels: ['slot', 'reason'],
  help: 'Workers of the slot that ended: by themselves (crash), because they hung or never got ready, or as asked (reload, recycle, scale, stop, aborted).',
  read: ({ slots }) =>
    slots.flatMap(({ slot, record }) => {
      const counts = { ...Object.fromEntries(ALWAYS_TOLD.map((reason) => [reason, 0])), ...record.exits };
      return Object.entries(counts).map(([reason, value]): Sample => ({ labels: { slot, reason }, value }));
    }),
};

export const WORKER_METRICS: MetricGroup = {
  title: 'Workers',
  intro: 'Of the worker that serves the slot, or of the one that starts.',
  metrics: {
    reuseport_slot_ready: perSlot('gauge', '1 while the slot has a worker that serves.', ({ serves }) =>
      Number(serves),
    ),
    reuseport_slot_stuck: perSlot(
      'gauge',
      '1 while the slot gets no new connection because its loop is in one turn for too long (rescueAfter), or does not turn.',
      ({ stuck }) => Number(stuck),
    ),
    reuseport_slot_weight: perSlot(
      'gauge',
      "The slot's part under the policy weighted; absent under others.",
      ({ row }, { steer }) => (steer.used.startsWith('weighted') ? row.weight : null),
    ),
    reuseport_slot_failures: perSlot(
      'gauge',
      'Workers of the slot that ended unasked, in a row; from 5 on it is called a crash loop.',
      ({ record }) => record.failures,
    ),
    reuseport_slot_backoff_seconds: perSlot(
      'gauge',
      'Time until the next worker of the slot is started; 0 where none is held back.',
      ({ record }, { nowMs }) =>
        record.backoffUntilMs === null ? 0 : Math.max(0, record.backoffUntilMs - nowMs) / 1000,
    ),
    reuseport_worker_start_time_seconds: perSlot(
      'gauge',
      'When the worker was started, in Unix time.',
      ({ worker }) => worker?.startedAtSeconds ?? null,
    ),
    reuseport_worker_restarts_total: perSlot(
      'counter',
      'Workers started to replace one that ended unasked, hung, or never got ready.',
      ({ record }) => record.restarts,
    ),
    reuseport_worker_exits_total: exits,
    reuseport_worker_cpu_seconds_total: perSlot(
      'counter',
      'Processor time of the worker, all its threads; of several loops of one process the first tells it.',
      ({ worker }) => (worker?.isFirst === true ? (worker.use?.cpuSeconds ?? null) : null),
    ),
    reuseport_worker_resident_memory_bytes: perSlot('gauge', 'Resident memory of the worker.', ({ worker }) =>
      worker?.isFirst === true ? (worker.use?.rssBytes ?? null) : null,
    ),
  },
};

export const LOOP_METRICS: MetricGroup = {
  title: 'Event loops',
  intro: 'Of the event loop of the slot. What it has published begins anew with each worker.',
  metrics: {
    reuseport_loop_active_seconds_total: perSlot(
      'counter',
      "Time in which the loop's thread ran or waited for a processor: its rate is the loop's utilization.",
      ({ worker }) => worker?.use?.loopSeconds ?? null,
    ),
    reuseport_loop_busy_ratio: perSlot(
      'gauge',
      'The same as a share of the time since the last scrape, 0 to 1; absent at the first.',
      ({ busyShare }) => busyShare,
    ),
    reuseport_loop_turns_total: perSlot('counter', 'Turns of the loop.', ({ row }) => row.turns),
    reuseport_loop_turn_seconds: perSlot(
      'gauge',
      'For how long the loop has been in its present turn; 0 while it waits for work, or where its turns cannot be seen.',
      ({ serves, row }, { nowNs }) => (serves && row.busySinceNs > 0 ? Math.max(0, nowNs - row.busySinceNs) / 1e9 : 0),
    ),
    reuseport_loop_longest_turn_seconds: perSlot(
      'gauge',
      'The longest turn of the loop since its worker serves.',
      ({ row }) => row.longestTurnNs / 1e9,
    ),
  },
};

export const CONNECTION_METRICS: MetricGroup = {
  title: 'Connections and requests',
  intro: 'As each worker counts them, and its own from 0.',
  metrics: {
    reuseport_accepted_connections_total: perSlot(
      'counter',
      "Connections that the program's servers got, in whichever way, since the worker serves.",
      ({ row }) => row.connections,
    ),
    reuseport_refused_connections_total: perSlot(
      'counter',
      'Connections that came when the worker had as many open as it may (maxConnections); absent without that limit.',
      ({ refused }) => refused,
    ),
    reuseport_open_connections: perSlot('gauge', 'Connections that are open.', ({ row }) => row.openConnections),
    reuseport_requests_total: perSlot(
      'counter',
      'HTTP requests that the worker has begun to serve.',
      ({ row }) => row.requests,
    ),
  },
};

export const STEERING_METRICS: MetricGroup = {
  title: 'Steering',
  intro:
    'As the program in the kernel counts. Those of slots are absent under classic policies (`adaptive`) and where none is ' +
    'loaded: there nothing counts.',
  metrics: {
    reuseport_assigned_connections_total: perSlot(
      'counter',
      'Connections that the program gave to the slot.',
      ({ row }, { kernelCounts }) => (kernelCounts ? row.assigned : null),
    ),
    reuseport_pending_connections: perSlot(
      'gauge',
      'Connections given to the slot that its loop has not accepted yet, handshakes under way included.',
      ({ row, serves }, { kernelCounts }) => (kernelCounts && serves ? Math.max(0, row.assigned - row.accepted) : null),
    ),
    reuseport_steering_selected_total: perSlot(
      'counter',
      'Choices that fell on the slot that the policy meant.',
      ({ row }, { kernelCounts }) => (kernelCounts ? row.selected : null),
    ),
    reuseport_steering_fallback_total: perSlot(
      'counter',
      'Choices that fell on the slot because the one that was meant had no socket.',
      ({ row }, { kernelCounts }) => (kernelCounts ? row.fallback : null),
    ),
    reuseport_steering_errors_total: perSlot(
      'counter',
      'Choices of the slot that the kernel refused: it had no socket.',
      ({ row }, { kernelCounts }) => (kernelCounts ? row.error : null),
    ),
  },
};
