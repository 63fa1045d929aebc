/** Every metric, once: the exposition, docs/metrics.md, and the checks of dashboard and alerts read this table. */
import type { MetricDefinition, MetricGroup } from './definition.js';
import { NAMESPACE_METRICS, QUEUE_METRICS } from './queue-metrics.js';
import { RELOAD_METRICS, RESCUE_METRICS, SERVICE_METRICS } from './service-metrics.js';
import { CONNECTION_METRICS, LOOP_METRICS, STEERING_METRICS, WORKER_METRICS } from './slot-metrics.js';

export const METRIC_GROUPS: readonly MetricGroup[] = [
  SERVICE_METRICS,
  WORKER_METRICS,
  LOOP_METRICS,
  CONNECTION_METRICS,
  QUEUE_METRICS,
  STEERING_METRICS,
  RESCUE_METRICS,
  RELOAD_METRICS,
  NAMESPACE_METRICS,
];

export const METRICS: ReadonlyMap<string, MetricDefinition> = new Map(
  METRIC_GROUPS.flatMap(({ metrics }) => Object.entries(metrics)),
);
