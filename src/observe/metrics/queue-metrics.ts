/** Metrics of addresses and their accept queues, and what the kernel counts beside them. */
import type { KernelCounters } from '../../supervisor/kernel-counters.js';
import { type MetricDefinition, type MetricGroup, single } from './definition.js';
import type { AddressReading, MetricsReading, QueueReading } from './reading.js';

function perQueue(
  type: MetricDefinition['type'],
  help: string,
  value: (queue: QueueReading, reading: MetricsReading) => number,
): MetricDefinition {
  return {
    type,
    labels: ['address', 'slot'],
    help,
    read: (reading) =>
      reading.queues.map((queue) => {
        return { labels: { address: queue.address, slot: queue.slot }, value: value(queue, reading) };
      }),
  };
}

function perAddress(help: string, value: (address: AddressReading) => number): MetricDefinition {
  return {
    type: 'gauge',
    labels: ['address'],
    help,
    read: ({ addresses }) => addresses.map((each) => ({ labels: { address: each.address }, value: value(each) })),
  };
}

/** For how long the loop of its slot has not looked at a queue in which something waits. */
export function queueAgeSeconds({ slot, queued }: QueueReading, { slots, nowNs }: MetricsReading): number {
  const of = slots.find((each) => each.slot === slot);
  if (queued === 0 || of === undefined) return 0;
  const { busySinceNs, lastPollNs } = of.row;
  if (of.serves && busySinceNs > 0) return Math.max(0, nowNs - busySinceNs) / 1e9;
  // A loop that waits is woken by what has just come, unless its process is stopped.
  if (lastPollNs === 0 || (of.serves && !of.stuck)) return 0;
  return Math.max(0, nowNs - lastPollNs) / 1e9;
}

export const QUEUE_METRICS: MetricGroup = {
  title: 'Addresses and accept queues',
  intro:
    'By address and slot; `slot` is `shared` for a listener that all workers have in common. Not of unix-domain sockets.',
  metrics: {
    reuseport_accept_queue_length: perQueue('gauge', 'Connections that wait to be accepted.', ({ queued }) => queued),
    reuseport_accept_queue_limit: perQueue(
      'gauge',
      'Connections that may wait: the backlog, cut to somaxconn.',
      ({ limit }) => limit,
    ),
    reuseport_accept_queue_age_seconds: perQueue(
      'gauge',
      "For how long the slot's loop has not looked at a queue in which something waits; 0 where nothing waits.",
      queueAgeSeconds,
    ),
    reuseport_accept_queue_drops_total: perQueue(
      'counter',
      'Packets that the listener dropped, most of them because its queue was full.',
      ({ drops }) => drops,
    ),
    reuseport_ready_workers: perAddress('Workers that serve on the address.', ({ readyWorkers }) => readyWorkers),
    reuseport_strangers: perAddress(
      'Sockets that are not ours on the address, or on a part of it, as seen in the last ten seconds.',
      ({ strangers }) => strangers,
    ),
  },
};

function kernel(help: string, key: keyof KernelCounters): MetricDefinition {
  return single('counter', help, (reading) => reading.kernel?.[key] ?? null);
}

export const NAMESPACE_METRICS: MetricGroup = {
  title: 'Network namespace',
  intro: "TCP of the whole network namespace, by whomever: a container's own, else the machine's.",
  metrics: {
    reuseport_namespace_listen_overflows_total: kernel(
      'Connections that found an accept queue full (TcpExt ListenOverflows).',
      'listenOverflows',
    ),
    reuseport_namespace_listen_drops_total: kernel(
      'Connections that a listener could not take, for whatever reason (TcpExt ListenDrops).',
      'listenDrops',
    ),
    reuseport_namespace_resets_sent_total: kernel('Resets that were sent (Tcp OutRsts).', 'resetsSent'),
    reuseport_namespace_connections_reset_total: kernel(
      'Established connections that ended by a reset, from either side (Tcp EstabResets).',
      'connectionsReset',
    ),
    reuseport_namespace_aborts_on_close_total: kernel(
      'Connections reset because they were closed with data unread (TcpExt TCPAbortOnClose).',
      'abortsOnClose',
    ),
    reuseport_namespace_aborts_on_data_total: kernel(
      'Connections reset because data came after they had been closed (TcpExt TCPAbortOnData).',
      'abortsOnData',
    ),
  },
};
