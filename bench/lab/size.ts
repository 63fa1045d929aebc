/** `reuseport bench size`: how many requests are under way, and how many workers they need. */
import { shortFigure } from '../report/short-figure.js';
import { availableParallelism } from 'node:os';
import { parseDuration } from '../../src/config/duration.js';
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
  /** Are there as many as the work alone keeps busy? Without, queues grow for as long as it lasts. */
  keepsUp: boolean;
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
    keepsUp: busyCores < cores,
    isUpperBound: cpuMs === undefined,
  };
}

const counted = (count: number, what: string): string => `${shortFigure(count)} ${what}${count === 1 ? '' : 's'}`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
/** Of a request that mostly waits, for a database or another service. */
const SMALL_PART = 0.1;

function cpuInWords(demand: Demand, { busyCores, workers, concurrencyPerWorker, isUpperBound }: Sizing): string[] {
  const { cpuMs, residenceMs, utilization } = demand;
  if (isUpperBound) {
    const small = sizeOf({ ...demand, cpuMs: residenceMs * SMALL_PART });
    return [
      'How many workers that takes depends on how much of this time each is on a processor, which is not given:',
      `- all of it, which is the worst case: ${counted(busyCores, 'core')} busy, ${counted(workers, 'worker')};`,
      `- a tenth, as of one that waits for a database: ${counted(small.busyCores, 'core')} busy, ${counted(small.workers, 'worker')}.`,
      '"reuseport bench compare server.js" measures it for your program. Give it as --cpu.',
    ];
  }
  return [
    `Each is on a processor for ${shortFigure(cpuMs ?? 0)} ms, which keeps ${counted(busyCores, 'core')} busy.`,
    `${counted(workers, 'worker')}, each busy for ${percent(busyCores / workers)} of the time, with ` +
      `${counted(concurrencyPerWorker, 'request')} under way. More than ${percent(utilization)} leaves no room for bursts (--utilization).`,
  ];
}

function verdictInWords({ cores }: Demand, { busyCores, workers, fits, keepsUp, isUpperBound }: Sizing): string[] {
  const have = `This machine has ${counted(cores, 'core')}`;
  if (isUpperBound) return [`${have}.`];
  if (fits) return [`${have}: reuseport server.js --workers ${workers}`];
  if (keepsUp) {
    const busy = percent(busyCores / cores);
    return [
      `${have}, which are then busy for ${busy} of the time: it keeps up, and each burst waits. More workers than cores do`,
      `not change that: reuseport server.js --workers ${cores}`,
    ];
  }
  return [
    `${have}, too few: requests come faster than they are answered, and the queues grow for as long as that lasts. More`,
    'workers do not help. A larger machine, several machines, or less CPU for each request do.',
  ];
}

export function sizingInWords(demand: Demand, sizing: Sizing): string {
  const { ratePerSecond, residenceMs } = demand;
  return [
    `${counted(sizing.concurrency, 'request')} under way at a time: ${ratePerSecond} come in a second, and each stays for ` +
      `${shortFigure(residenceMs)} ms`,
    "(Little's law: rate × time; the median stands for the mean here, and a long tail makes it more).",
    ...cpuInWords(demand, sizing),
    ...verdictInWords(demand, sizing),
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
