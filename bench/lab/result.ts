/** `results.json` of `reuseport bench`: everything that was measured, and what is needed to read it later. */
import type { Failures } from '../load/loadgen.js';
import type { Histogram } from '../report/histogram.js';
import type { Environment } from '../system.js';

export interface LabResult {
  format: 'reuseport-bench';
  version: 1;
  /** ISO 8601. */
  startedAt: string;
  /** Null: interrupted, or still under way; what is there is whole rounds. */
  finishedAt: string | null;
  /** As typed, to run it again. */
  command: readonly string[];
  quick: boolean;
  environment: Environment & { nodeVersion: string; packageVersion: string };
  rivals: LabRival[];
  scenarios: LabScenarioResult[];
}

export interface LabRival {
  name: string;
  /** In words: `node:cluster round robin`. */
  title: string;
  family: 'ours' | 'rival' | 'limit';
  /** Of what runs it: `Node 20.20.2`, `nginx 1.26.0`; absent when unknown. */
  runtime?: string;
}

export interface LabScenarioResult {
  name: string;
  title: string;
  question: string;
  /** What should come out, written before it ran. */
  expected: string;
  /** What did, in a sentence made from the figures; null without figures. */
  finding: string | null;
  /** Did the expected shape come out; null where nothing can be said (skipped, too few rounds). */
  asExpected: boolean | null;
  /** The finding is advice about somebody's own program, and nothing that could have been expected. */
  advises?: true;
  /** Ratios are made against this rival, paired by round; null: no ratios. */
  baseline: string | null;
  metrics: LabMetric[];
  charts: LabChart[];
  samples: LabSample[];
  /** Rivals, or the whole scenario under its own name, that did not run, with the reason. */
  skipped: Record<string, string>;
  warnings: LabWarning[];
}

/** A figure of each sample, by its key in `numbers`. */
export interface LabMetric {
  key: string;
  title: string;
  /** `ms`, `µs`, `/s`, `%`, `×`, `` for a bare number. */
  unit: string;
  better: 'less' | 'more' | 'neither';
}

export type LabChart =
  /** Latency (log) over percentile, a line for each rival, histograms of all rounds merged. */
  | { kind: 'percentiles'; title: string }
  /** A metric by rival: median, and a mark for each round. Variants side by side. */
  | { kind: 'bars'; title: string; metric: string }
  /** A metric over the variants in their order (worker counts, connection counts), a line for each rival. */
  | { kind: 'lines'; title: string; metric: string; x: string }
  /** `timeline` of each rival's samples over time. */
  | { kind: 'timeline'; title: string; series: string; unit: string }
  /** Which worker had how much of what came, over time: all timelines whose names begin so, one for each worker. */
  | { kind: 'shares'; title: string; series: string };

export interface LabSample {
  variant: string;
  /** Place of the variant on an axis of numbers, when there is one. */
  x?: number;
  round: number;
  rival: string;
  /** Place in the order of this round, from 0. */
  place: number;
  latency: Histogram | null;
  numbers: Record<string, number>;
  /** Values by the name of the series, at the middle of equal steps. */
  timelines?: Record<string, LabTimeline>;
  /** Counts by worker (pid or slot), largest first. */
  byWorker?: number[];
  completed: number;
  failures: Failures;
  elapsedNs: number;
  /** Of one core. */
  clientCpuShare: number;
  clientLagP99Ms: number;
  stealShare: number;
  listenOverflows: number;
}

export interface LabTimeline {
  stepMs: number;
  values: number[];
  /** Things that happened: `reload`, `kill`. */
  marks?: { atMs: number; what: string }[];
}

export interface LabWarning {
  /** A stable word: `client-saturated`, `wide-spread`. */
  reason: string;
  detail: string;
  remedy: string;
}
