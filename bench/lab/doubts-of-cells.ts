import { describeFailures } from '../report/sample.js';
import { relativeWidth, spread } from '../report/statistics.js';
import { addFailures } from '../steering/sample.js';
import type { Difference } from './answers.js';
import type { RunFacts, Witness } from './facts.js';

/** The share of a core from which a generator is the limit itself, and the throughput says nothing about the server. */
const SATURATED_SHARE = 0.9;
/** Own CPU and waiting for a core together fill the time: it never slept, yet had less than a core. */
const STARVED_SHARE = 0.95;
const LAG_LIMIT_MS = 2;
const WIDE = 0.3;
/** Two rounds are always apart, and say nothing about how far others would be. */
const ROUNDS_WITH_SPREAD = 3;
const MASTER_LIMIT = 0.005;

interface CellDoubt {
  remedy: string;
  voids?: boolean;
  /** What was seen in the samples of one rival in one variant; undefined when it was not. */
  find(samples: readonly Witness[], facts: RunFacts): string | undefined;
}

function inRounds(samples: readonly Witness[], test: (sample: Witness) => boolean, text: string): string | undefined {
  const count = samples.filter(test).length;
  return count === 0 ? undefined : `${text} in ${count} of ${samples.length} rounds`;
}

const differenceIn = ([first]: readonly Witness[], { differences }: RunFacts): Partial<Difference> =>
  differences?.get(first?.rival ?? '') ?? {};

const isSaturated = (sample: Witness, { clientThreads = 1 }: RunFacts): boolean =>
  sample.clientSaturated ?? sample.clientCpuShare >= SATURATED_SHARE * clientThreads;

function widest(samples: readonly Witness[], { metrics }: RunFacts): string | undefined {
  const wide = metrics
    .filter(({ better }) => better !== 'neither')
    .map(({ key, title }) => {
      const values = samples.map(({ numbers }) => numbers[key]).filter((value) => value !== undefined);
      const width = values.length < ROUNDS_WITH_SPREAD ? 0 : relativeWidth(spread(values));
      return { title, width };
    })
    // Around a median of 0 any width is infinite: few failures in one round are not a spread.
    .filter(({ width }) => width > WIDE && Number.isFinite(width));
  if (wide.length === 0) return undefined;
  return wide
    .map(({ title, width }) => `${title} from least to most: ${(width * 100).toFixed(0)} % of the median`)
    .join('; ');
}

/** In the order in which they are told. */
export const cellDoubts = {
  'client-late': {
    remedy: 'The load generator had no core when it was due, and its delay is in every figure: use more cores.',
    find: (samples) =>
      inRounds(
        samples,
        ({ clientLagP99Ms = 0 }) => clientLagP99Ms > LAG_LIMIT_MS,
        `p99 of its lag > ${LAG_LIMIT_MS} ms`,
      ),
  },
  'client-saturated': {
    remedy: 'The throughput is the load generator’s: compare CPU per request or connection, or use fewer workers.',
    voids: true,
    find: (samples, facts) =>
      inRounds(samples, (sample) => isSaturated(sample, facts), 'client used all the CPU that it can'),
  },
  'client-starved': {
    remedy: 'Client and servers share cores, so ratios shrink towards 1: use fewer workers or more cores.',
    find: (samples, facts) =>
      inRounds(
        samples,
        (sample) =>
          sample.clientWaitShare !== undefined &&
          !isSaturated(sample, facts) &&
          sample.clientCpuShare + sample.clientWaitShare >= STARVED_SHARE,
        'client never slept but had less than a core',
      ),
  },
  'processes-changed': {
    remedy: 'A server process came or went, so CPU time is missing: see why it ended.',
    voids: true,
    find: (samples) =>
      inRounds(samples, ({ processesChanged }) => processesChanged === true, 'other processes after than before'),
  },
  'short-warm-up': {
    remedy: 'CPU per request is too high, as the code was not compiled yet: measure without --quick.',
    find: (samples) => inRounds(samples, ({ warmedUp }) => warmedUp === false, 'warm-up cut short'),
  },
  'worker-idle': {
    remedy: 'Some worker accepted nothing, so fewer cores were compared than meant.',
    find: (samples) =>
      inRounds(
        samples,
        ({ workers }) => workers !== undefined && workers.accepted < workers.started,
        `fewer than ${samples[0]?.workers?.started} workers accepted`,
      ),
  },
  'requests-failed': {
    remedy: 'Failed requests are not in the figures: find out why they failed.',
    find: (samples, { failuresAreMeant = false }) => {
      const failures = describeFailures(addFailures(samples.map((sample) => sample.failures)));
      return failuresAreMeant || failures === '0' ? undefined : failures;
    },
  },
  'accept-queue-overflow': {
    remedy: 'Connections waited for a retransmission (of any server here): use fewer connections or a lower rate.',
    find: (samples) => {
      const overflows = samples.reduce((sum, { listenOverflows }) => sum + listenOverflows, 0);
      return overflows === 0 ? undefined : `${overflows} ListenOverflows`;
    },
  },
  'different-bytes': {
    remedy: 'The rivals do not do the same work: make their answers equal before comparing.',
    voids: true,
    find: (samples, facts) => {
      const { content = [] } = differenceIn(samples, facts);
      if (content.length > 0) return `not the answer of the first rival: ${content.join(', ')}`;
      return samples.some(({ responseDiffers }) => responseDiffers === true)
        ? 'not the bytes of the first rival'
        : undefined;
    },
  },
  'different-headers': {
    remedy: 'The answers say the same in more or fewer bytes, which is a part of what each costs: bear it in mind.',
    find: (samples, facts) => {
      const { content = [], headers = [] } = differenceIn(samples, facts);
      return content.length > 0 || headers.length === 0 ? undefined : headers.join(', ');
    },
  },
  'wide-spread': {
    remedy: 'Stop other programs, and measure more or longer rounds (--rounds, --seconds).',
    find: widest,
  },
  'master-busy': {
    remedy: 'The master is meant to use less than 0.5 % of a core: see what it does (--log-level debug).',
    find: (samples) =>
      inRounds(samples, ({ masterCpuShare = 0 }) => masterCpuShare > MASTER_LIMIT, `more than ${MASTER_LIMIT * 100} %`),
  },
} as const satisfies Readonly<Record<string, CellDoubt>>;
