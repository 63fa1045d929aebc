/** The results of one scenario, a row for each rival. */
import { alignColumns } from '../report/table.js';
import { SATURATED_SHARE } from '../report/sample.js';
import { type ClientLoss, lossKinds } from './clients-protocol.js';
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

export function renderScenario(title: string, results: readonly RunResult[]): string {
  const figures = results.flatMap(({ rival, figures }) =>
    figures.map(({ title, value }) => `  ${rival}: ${title}: ${value.toFixed(value < 100 ? 2 : 0)}`),
  );
  const ours = results.filter(({ rival }) => rival === 'reuseport').flatMap(({ violations }) => violations);
  const violations = ours.slice(0, MOST_SHOWN).map((violation) => `  VIOLATION ${violation}`);
  const warnings = results.flatMap(warningsOf);
  return [title, alignColumns([headings, ...results.map(row)]), ...figures, ...warnings, ...violations].join('\n');
}

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
