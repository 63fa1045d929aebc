/** Figures that more than one scenario shows; their keys are those of the samples' numbers. */
import type { LabMetric } from './result.js';

export const P50_MS: LabMetric = { key: 'p50 ms', title: 'median latency', unit: 'ms', better: 'less' };
export const P99_MS: LabMetric = { key: 'p99 ms', title: 'p99 latency', unit: 'ms', better: 'less' };
export const MAX_MS: LabMetric = { key: 'max ms', title: 'slowest', unit: 'ms', better: 'less' };
export const CPU_MICROS: LabMetric = { key: 'CPU µs', title: 'server CPU per request', unit: 'µs', better: 'less' };
export const JAIN: LabMetric = { key: 'Jain', title: "Jain's index of fairness", unit: '', better: 'more' };
export const FAILED: LabMetric = { key: 'failed', title: 'requests without an answer', unit: '', better: 'less' };
export const SLOWEST_MS: LabMetric = { key: 'slowest ms', title: 'slowest', unit: 'ms', better: 'less' };
export const RATE: LabMetric = { key: 'rate', title: 'requests', unit: '/s', better: 'more' };
