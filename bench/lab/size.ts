/** `reuseport bench size`: how many requests are under way, and how many workers they need. */
import { shortFigure } from '../report/short-figure.js';
import { availableParallelism } from 'node:os';
import { formatDuration, parseDuration } from '../../src/config/duration.js';
import { allowOptions, isOn, numberOf, textOf, usageError } from './options.js';
import type { BenchRequest } from './options.js';

export interface Demand {
  ratePerSecond: number;
  /** Time that a request is in the house, waiting included. */
  residenceMs: number;
  /** Of it, time on a processor; undefined: not known, and all of it at most. */
  cpuMs: number | undefined;
  /** Share of each core that may be used; the rest is for bursts. */
  utilization: number;
  cores: number;
}

export interface Sizing {
  /** Requests in the house at the same time, on average (Little's law). */
  concurrency: number;
  /** Cores that are busy all the time. */
  busyCores: number;
  workers: number;
  concurrencyPerWorker: number;
  /** Are there as many cores as workers? */
  fits: boolean;
  /** The CPU time was not given, so the whole residence was taken for it. */
  isUpperBound: boolean;
}

/** Little's law, L = λ·W: what is in the house is the rate of arrivals times the time that each stays. */
export function sizeOf({ ratePerSecond, residenceMs, cpuMs, utilization, cores }: Demand): Sizing {
  const concurrency = (ratePerSecond * residenceMs) / 1_000;
  const busyCores = (ratePerSecond * (cpuMs ?? residenceMs)) / 1_000;
  // A quotient such as 3.0000000000000004 is no fourth worker.
  const workers = Math.max(1, Math.ceil(busyCores / utilization - 1e-9));
  return {
    concurrency,
    busyCores,
    workers,
    concurrencyPerWorker: concurrency / workers,
    fits: workers <= cores,
    isUpperBound: cpuMs === undefined,
  };
}

export function sizingInWords(demand: Demand, sizing: Sizing): string {
  const { ratePerSecond, residenceMs, cpuMs, utilization, cores } = demand;
  const { concurrency, busyCores, workers, concurrencyPerWorker, fits, isUpperBound } = sizing;
  const share = `${Math.round(utilization * 100)} %`;
  const cpu = isUpperBound
    ? `Nothing is known of its CPU time, so all of the ${formatDuration(residenceMs)} is taken for it: the worst case. Measure it ` +
      '("reuseport bench compare server.js" shows it for each request) and give it by --cpu.'
    : `Each takes ${cpuMs} ms of a processor.`;
  const advice = fits
    ? `This machine has ${cores} cores: reuseport server.js --workers ${workers}`
    : `This machine has ${cores} cores, too few: at this rate its queues grow without end, and more workers than cores do not ` +
      'help. It takes a larger machine, several, or less CPU for each request.';
  return [
    `${ratePerSecond} requests/s, each ${formatDuration(residenceMs)} in the house: ${shortFigure(concurrency)} are in it at a time (Little's law:`,
    'rate × time). The median stands for the mean here; with a long tail there are more.',
    cpu,
    `That keeps ${shortFigure(busyCores)} cores busy. Used up to ${share}, so that bursts find room: ${workers} worker${workers === 1 ? '' : 's'},`,
    `each with ${shortFigure(concurrencyPerWorker)} requests at a time.`,
    advice,
  ].join('\n');
}

function milliseconds(request: BenchRequest, word: string): number | undefined {
  const text = textOf(request, word);
  if (text === undefined) return undefined;
  // A request may well take a part of a millisecond, which no duration of the configuration does.
  const fraction = /^(\d+(?:\.\d+)?)(us|µs|ms)$/.exec(text);
  if (fraction !== null) return Number(fraction[1]) / (fraction[2] === 'ms' ? 1 : 1_000);
  const value = parseDuration(text);
  if (value !== undefined) return value;
  throw usageError(
    `${word}: expected a duration such as 250us, 1.5ms or 2s, got ${JSON.stringify(text)} (from --${word})`,
  );
}

export const SIZE_OPTIONS = ['rps', 'p50', 'cpu', 'utilization', 'cores', 'json'];

export function runSize(request: BenchRequest): number {
  allowOptions(request, ' size', SIZE_OPTIONS);
  const ratePerSecond = numberOf(request, 'rps', { lowest: 0.001, highest: 1e9 });
  const residenceMs = milliseconds(request, 'p50');
  if (ratePerSecond === undefined || residenceMs === undefined || residenceMs === 0) {
    throw usageError('bench size: needs --rps <requests per second> and --p50 <duration above 0>');
  }
  const demand: Demand = {
    ratePerSecond,
    residenceMs,
    cpuMs: milliseconds(request, 'cpu'),
    utilization: numberOf(request, 'utilization', { lowest: 0.05, highest: 1 }) ?? 0.7,
    cores: numberOf(request, 'cores', { lowest: 1, highest: 4_096, whole: true }) ?? availableParallelism(),
  };
  const sizing = sizeOf(demand);
  const text = isOn(request, 'json') ? JSON.stringify({ ...demand, ...sizing }) : sizingInWords(demand, sizing);
  process.stdout.write(`${text}\n`);
  return 0;
}
