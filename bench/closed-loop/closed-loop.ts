/** Load generators of others: as fast as the server answers, for throughput alone. */
import type { ToolName } from '../debian.js';
import type { Failures } from '../load/loadgen.js';

export interface ClosedLoad {
  host: string;
  port: number;
  connections: number;
  threads: number;
  /** A connection for each request, or kept ones. */
  newConnections: boolean;
  /** Whole. */
  seconds: number;
  /** Words before the command, as `taskset -c 1`. */
  launcher?: readonly string[];
}

/** What a generator's own report says. */
export interface ClosedReport {
  ratePerSecond: number;
  completed: number;
  failures: Failures;
}

/** Where a generator comes from: an installed program, or a package of npm. */
export type Source = { tool: ToolName } | { npm: 'autocannon' };

export interface ClosedLoop {
  title: string;
  source: Source;
  /** The words after the program; or a sentence why it cannot do that. */
  words: (load: ClosedLoad) => string[] | string;
  /** @throws Error when there is no rate in it. */
  read: (output: string) => ClosedReport;
}

export const noFailures: Failures = {
  refused: 0,
  reset: 0,
  timeout: 0,
  short: 0,
  malformed: 0,
  status: 0,
  other: 0,
};

/** `errors` has the timeouts in it. */
export function failuresOf(status: number, timeout: number, errors: number): Failures {
  return { ...noFailures, status, timeout, other: Math.max(0, errors - timeout) };
}

export const urlOf = ({ host, port }: ClosedLoad): string => `http://${host}:${port}/`;

/** The first group of a pattern as a number; 0 when it does not match. */
export const numberIn = (output: string, pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);

export function rateOrError(name: string, rate: number, output: string): number {
  if (rate > 0) return rate;
  throw new Error(`${name}: no rate in its report: ${output}`);
}
