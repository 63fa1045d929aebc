import type { ClosedLoopName } from '../closed-loop/run.js';
import type { ToolName } from '../debian.js';
import type { NetworkPlan } from '../network/delayed-network.js';
import type { Experiment, SteeringPlan } from '../steering/scenario.js';
import type { SteeringRival } from '../steering/rivals.js';
import type { LabChart, LabMetric, LabRival, LabSample } from './result.js';

/** What the options of a run mean for its scenarios. */
export interface LabPlan {
  quick: boolean;
  /** Undefined: the scenario's own. */
  rounds: number | undefined;
  /** Length of one measurement; undefined: the scenario's own. */
  seconds: number | undefined;
  /** Who asks at full speed; undefined: our own. */
  closedLoop?: ClosedLoopName;
  /** Servers and load generator have processors of their own. */
  pin?: boolean;
  /** What lies between the clients and the server; undefined: the scenario's own, mostly the loopback device. */
  network?: NetworkPlan;
}

export interface Judgement {
  /** Did the expected shape come out; null where the figures do not say. */
  asExpected: boolean | null;
  /** What came out, in a sentence; null without figures. */
  finding: string | null;
}

/** A question, how it is put to servers, and what its figures say. */
export interface LabScenario {
  name: string;
  title: string;
  /** Rivals of its own, whose answers need not be the same; undefined: those of rivals.ts. */
  ownRivals?: { rivalNamed: (name: string) => SteeringRival; describeRival: (name: string) => LabRival };
  /** Names as in rivals.ts. */
  rivals: (plan: LabPlan) => readonly string[];
  /** Ratios are made against this rival; null: no ratios. */
  baseline: string | null;
  metrics: readonly LabMetric[];
  charts: readonly LabChart[];
  /** It asks for / and nothing else, so that those can take part that answer nothing else. */
  onlyRoot?: true;
  /** What fails is what it measures, and no defect of the measurement. */
  failuresAreMeant?: true;
  /** What it finds is advice, and nothing that could have been expected. */
  advises?: true;
  /** Programs of Debian's that it needs beside those of its rivals. */
  tools?: readonly ToolName[];
  /** Its load at full speed can be that of others, with or without new connections. */
  closedLoop?: { newConnections: boolean };
  /** All its clients are those of the load generator, so that they can be somewhere else. */
  overNetwork?: true;
  experiment(plan: LabPlan): Experiment;
  /** How long one rival takes in one round, with its start and end: for the time left. */
  aboutSeconds(plan: LabPlan): number;
  judge: (samples: readonly LabSample[]) => Judgement;
}

const ROUNDS = 5;
const QUICK_ROUNDS = 2;

export function roundsOf({ rounds, quick }: LabPlan, quickRounds = QUICK_ROUNDS): number {
  return rounds ?? (quick ? quickRounds : ROUNDS);
}

export function secondsOf({ seconds, quick }: LabPlan, full: number, short: number): number {
  return seconds ?? (quick ? short : full);
}

/** For an experiment that `npm run bench:steering` has as well. */
export function steeringPlan(plan: LabPlan, seconds: number, rounds = roundsOf(plan)): SteeringPlan {
  return {
    rounds,
    quick: plan.quick,
    seconds,
    rate: undefined,
    connections: undefined,
    roundTripMs: 0,
    lossPercent: 0,
  };
}
