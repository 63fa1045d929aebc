/** The results of one scenario, a row for each rival. */
import { alignColumns } from '../report/table.js';
import { SATURATED_SHARE } from '../report/sample.js';
import { type ClientLoss, lossKinds } from './clients-protocol.js';
import { type Goal, isMet, lostBesideCluster } from './goals.js';
import type { RunResult } from './run.js';

const MOST_SHOWN = 20;
/** A generator that was later than this measured itself. */
const LATE_MS = 2;

const headings = [
  'rival',
  'new',
  'lost',
  'keep-alive',
  'lost',
  'reconnects',
  'WebSocket',
  'told',
  'lost',
  'with its worker',
  'undecided',
  'violations',
  'conn/s',
  'p99',
  'client',
  'lag p99',
];

/** A rival as soon as it is done. */
export function renderFigures(result: RunResult): string {
  const { rival, gaveUp, figures, goals } = result;
  const violations = rival === 'reuseport' ? result.violations.slice(0, MOST_SHOWN) : [];
  return [
    alignColumns([headings, row(result)]),
    ...(gaveUp === undefined ? [] : [`  ${rival} was given up: ${gaveUp.split('\n')[0]}`]),
    ...figures.map(({ title, value }) => `  ${rival}: ${title}: ${digits(value)}`),
    ...goals.map((goal) => `  ${renderGoal(goal)}`),
    ...warningsOf(result),
    ...violations.map((violation) => `  VIOLATION ${violation}`),
  ].join('\n');
}

/** The rivals of a scenario beside each other. */
export function renderComparison(results: readonly RunResult[]): string[] {
  if (results.length < 2) return [];
  const goals = lostBesideCluster(results).map((goal) => `  ${renderGoal(goal)}`);
  return [alignColumns([headings, ...results.map(row)]), ...goals];
}

function renderGoal(goal: Goal): string {
  return `goal: ${goal.title}: ${digits(goal.value)} <= ${digits(goal.most)}: ${isMet(goal) ? 'met' : 'missed'}`;
}

const digits = (value: number): string => value.toFixed(value < 100 && !Number.isInteger(value) ? 2 : 0);

function row(result: RunResult): string[] {
  const { load, clients, lost } = result;
  return [
    result.rival,
    String(load.answered),
    kinds(lost['new connection']),
    String(clients.requests),
    kinds(lost['keep-alive']),
    String(clients.reconnects),
    String(clients.messages),
    String(clients.told),
    kinds(lost.WebSocket),
    String(result.allowed),
    String(result.undecided),
    String(result.violations.length),
    load.ratePerSecond.toFixed(0),
    `${load.p99Ms.toFixed(1)} ms`,
    `${(load.clientCpuShare * 100).toFixed(0)}%`,
    `${load.lagP99Ms.toFixed(2)} ms`,
  ];
}

function kinds(counts: RunResult['lost'][ClientLoss['from']]): string {
  const present = lossKinds.filter((kind) => counts[kind] > 0);
  return present.length === 0 ? '0' : present.map((kind) => `${counts[kind]} ${kind}`).join(', ');
}

function warningsOf({ rival, load }: RunResult): string[] {
  const late = load.lagP99Ms > LATE_MS || load.clientCpuShare >= SATURATED_SHARE;
  return late ? [`  ${rival}: the load generator was late or saturated: times are the machine's, counts hold`] : [];
}

export const legend =
  'lost: connections and requests without a whole answer, by kind; with its worker: those that a killed worker had accepted;\n' +
  'violations: all others, and whatever else must not be; client: CPU of the load generator, of one core';
