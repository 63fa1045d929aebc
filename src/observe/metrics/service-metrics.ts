/** Metrics of the service as a whole: the master, reloads, rescues. */
import { wantedSlots, workersOf, NO_SLOT } from '../../supervisor/state.js';
import { byWord, type MetricDefinition, type MetricGroup, single } from './definition.js';
import { SLOT_STATES } from './reading.js';
import { saturation } from './saturation.js';

const buildInfo: MetricDefinition = {
  type: 'gauge',
  labels: ['name', 'version', 'node'],
  help: 'Always 1; the labels tell the service, the version of reuseport, and that of Node in the master.',
  read: ({ about: { name, version } }) => [{ labels: { name, version, node: process.version }, value: 1 }],
};

const steeringInfo: MetricDefinition = {
  type: 'gauge',
  labels: ['asked', 'used'],
  help: 'Always 1; the labels tell the policy of steering that was asked for, and the one in use.',
  read: ({ steer: { asked, used } }) => [{ labels: { asked, used }, value: 1 }],
};

export const SERVICE_METRICS: MetricGroup = {
  title: 'Service',
  intro: 'Counters of the master begin anew with each master: after an upgrade, too.',
  metrics: {
    reuseport_build_info: buildInfo,
    reuseport_steering_info: steeringInfo,
    reuseport_start_time_seconds: single(
      'gauge',
      'When the master was started, in Unix time.',
      () => Math.round(performance.timeOrigin) / 1000,
    ),
    reuseport_running: single('gauge', '1 until a stop begins, 0 from then on.', ({ state }) =>
      Number(state.phase === 'running'),
    ),
    reuseport_saturation_ratio: single(
      'gauge',
      'How much of what the serving slots can do is in use, 0 to 1, for autoscaling: the mean over the slots of the larger of loop busy share and fill of the accept queue, 1 for a stuck one; absent at the first scrape.',
      ({ slots }) => saturation(slots),
    ),
    reuseport_generation: single('gauge', 'Grows with each reload.', ({ state }) => state.generation),
    reuseport_wanted_slots: single('gauge', 'Slots that are to serve.', ({ state }) => wantedSlots(state).length),
    reuseport_slots: byWord(
      'gauge',
      'state',
      'Slots by state (starting, ready, draining, stuck, backoff, exited).',
      ({ slots }) =>
        Object.fromEntries(SLOT_STATES.map((word) => [word, slots.filter(({ state }) => state === word).length])),
    ),
    reuseport_spares: single(
      'gauge',
      'Workers that have loaded the program and wait for a slot.',
      ({ state }) => workersOf(state, NO_SLOT).filter((worker) => worker.state === 'spare').length,
    ),
    reuseport_master_cpu_seconds_total: single(
      'counter',
      'Processor time of the master, all its threads.',
      ({ master }) => master?.cpuSeconds ?? null,
    ),
    reuseport_master_resident_memory_bytes: single(
      'gauge',
      'Resident memory of the master.',
      ({ master }) => master?.rssBytes ?? null,
    ),
  },
};

export const RELOAD_METRICS: MetricGroup = {
  title: 'Reloads',
  intro: 'What replaces workers on purpose.',
  metrics: {
    reuseport_reloads_total: byWord('counter', 'outcome', 'Reloads by outcome (complete, aborted).', ({ state }) => {
      return { complete: state.reloads, aborted: state.abortedReloads };
    }),
    reuseport_reload_running: single('gauge', '1 while a reload is under way.', ({ state }) =>
      Number(state.rollout !== null),
    ),
    reuseport_last_reload_successful: single(
      'gauge',
      '1 when the last reload was complete, 0 when it was aborted; absent before the first.',
      ({ lastReload }) => (lastReload === null ? null : Number(lastReload.complete)),
    ),
    reuseport_last_reload_duration_seconds: single(
      'gauge',
      'How long the last reload took; absent before the first.',
      ({ lastReload }) => (lastReload === null ? null : lastReload.tookMs / 1000),
    ),
    reuseport_last_reload_end_time_seconds: single(
      'gauge',
      'When the last reload ended, in Unix time; absent before the first.',
      ({ lastReload }) => (lastReload === null ? null : Date.parse(lastReload.endedAt) / 1000),
    ),
    reuseport_recycles_total: single(
      'counter',
      'Workers replaced because they had reached a limit, or asked for it.',
      ({ state }) => state.recycles,
    ),
    reuseport_handed_over_connections_total: single(
      'counter',
      'Open connections that a worker handed to another when it drained.',
      ({ handedOver }) => handedOver,
    ),
  },
};

export const RESCUE_METRICS: MetricGroup = {
  title: 'Rescue and balance',
  intro: 'What keeps connections from waiting for a loop that does not come.',
  metrics: {
    reuseport_rescues_total: single(
      'counter',
      'Times that the queue of a stuck or dead slot was taken over.',
      ({ rescues }) => rescues.rescues,
    ),
    reuseport_helpless_rescues_total: single(
      'counter',
      'Times that nobody could take such a queue over: every other worker was stuck, draining or down.',
      ({ rescues }) => rescues.helpless,
    ),
    reuseport_stolen_connections_total: single(
      'counter',
      'Connections that another worker accepted from the queue of a stuck one.',
      ({ rescues }) => rescues.stolen,
    ),
    reuseport_migrated_connections_total: single(
      'counter',
      'Connections that the kernel moved from the queue of a stuck one.',
      ({ rescues }) => rescues.migrated,
    ),
    reuseport_rescue_longest_stuck_seconds: single(
      'gauge',
      'For how long the loop of a rescued queue had been stuck at the most, since the master was started.',
      ({ rescues }) => rescues.longestStuckMs / 1000,
    ),
    reuseport_rebalanced_connections_total: single(
      'counter',
      'Open connections that a busy worker handed to one with less to do.',
      ({ rebalanced }) => rebalanced,
    ),
    reuseport_steering_stray_total: single(
      'counter',
      "Choices of the kernel's program for which no slot was usable: any with a listener was taken.",
      ({ stray }) => stray,
    ),
  },
};
