import { noFailures, rateOrError, urlOf } from './closed-loop.js';
import type { ClosedLoop, ClosedReport } from './closed-loop.js';

/** What is read of its JSON. */
interface OhaReport {
  /** `total`: seconds. */
  summary: { total: number };
  /** Counts by status. */
  statusCodeDistribution: Record<string, number>;
  /** Counts by what went wrong. */
  errorDistribution: Record<string, number>;
}

/** What is under way at the end is cut, and no failure. */
const CUT = 'aborted due to deadline';

const sum = (counts: readonly (readonly [string, number])[]): number =>
  counts.reduce((total, [, count]) => total + count, 0);

function read(output: string): ClosedReport {
  const { summary, statusCodeDistribution, errorDistribution } = JSON.parse(output) as OhaReport;
  const byStatus = Object.entries(statusCodeDistribution);
  const answered = byStatus.filter(([status]) => status.startsWith('2'));
  const wrong = Object.entries(errorDistribution).filter(([what]) => what !== CUT);
  return {
    ratePerSecond: rateOrError('oha', sum(answered) / summary.total, output),
    completed: sum(answered),
    failures: { ...noFailures, status: sum(byStatus) - sum(answered), other: sum(wrong) },
  };
}

export const oha: ClosedLoop = {
  title: 'oha',
  source: { tool: 'oha' },
  words: (load) => [
    '--no-tui',
    '--output-format',
    'json',
    '-c',
    String(load.connections),
    '-z',
    `${load.seconds}s`,
    ...(load.newConnections ? ['--disable-keepalive'] : []),
    urlOf(load),
  ],
  read,
};
