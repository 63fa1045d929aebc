import type { OwnNetwork } from '../network/own-network.js';
import type { Histogram } from '../report/histogram.js';
import type { SteeringRival } from './rivals.js';
import type { ClientLoad } from './sample.js';
import type { SteeringServer } from './steering-server.js';

/** What the options of a run mean for its scenarios. */
export interface SteeringPlan {
  /** As asked; a scenario that needs more takes more. */
  rounds: number;
  quick: boolean;
  /** Length of one measurement; undefined is the scenario's own. */
  seconds: number | undefined;
  /** New connections per second of `stall` and `network`; undefined is the scenario's own. */
  rate: number | undefined;
  /** Makes `stall` and `network` as long as so many connections take. */
  connections: number | undefined;
  roundTripMs: number;
  lossPercent: number;
}

/** What one measurement of one rival came to. */
export interface Measurement {
  /** Latencies of the requests that count; null where the scenario is not about them. */
  latency: Histogram | null;
  /** Further figures by the heading of their column. */
  numbers: Record<string, number>;
  /** Every load of the measurement, for its failures and the client's CPU. */
  loads: readonly ClientLoad[];
  /** Values by the name of the series. */
  timelines?: Record<string, Timeline>;
  /** Counts by worker, largest first. */
  byWorker?: number[];
}

/** Values at the middle of equal steps, and what happened when. */
export interface Timeline {
  stepMs: number;
  values: number[];
  marks?: { atMs: number; what: string }[];
}

export interface Variant {
  name: string;
  workers: number;
  /** Its place on an axis of numbers, when there is one. */
  x?: number;
  /** Can this rival be measured in it? Undefined: every one can. */
  isFor?(rival: string): boolean;
  measure(server: SteeringServer): Promise<Measurement>;
}

/** One question, and how it is put to a server. */
export interface Experiment {
  name: string;
  question: string;
  /** What is to come out of it, so that a reader sees when it does not. */
  expected: string;
  /** When its rivals are not those of the other scenarios. */
  rivalNamed?: (name: string) => SteeringRival;
  /** Why this machine cannot run it; undefined: it can. */
  lacks?(): string | undefined;
  rounds: number;
  /** A server is warmed up with so many requests for each worker. */
  warmupRequests: number;
  /** Undefined is /. */
  warmupPath?: string;
  /** Runs in a network of its own; a sentence when this machine cannot have one. */
  network?(): Promise<OwnNetwork | string>;
  /** Before the first round, on a server of its own that is warmed up: what the variants need to know. */
  prepare?: { rival: string; workers: number; run(server: SteeringServer): Promise<void> };
  /** Asked for after `prepare`. Neighbours with the same number of workers share a server. */
  variants(): readonly Variant[];
}

/** An experiment of `npm run bench:steering`. */
export interface Scenario extends Experiment {
  /** Names of rivals beside the policies. */
  others: readonly string[];
  /** Policies when the command line names none. */
  policies: readonly string[];
  /** Numbers that are also shown against this rival, paired by round. */
  ratios?: { against: string; of: readonly string[] };
}

export const allPolicies = ['hash', 'idle', 'adaptive', 'least-pending', 'round-robin'] as const;
