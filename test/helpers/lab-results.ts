/** Made-up results of the lab, always the same: shapes as they come, and the cases at the edge. */
import { Random } from '../../bench/chaos/random.js';
import type { LabResult, LabRival, LabSample, LabScenarioResult, LabTimeline } from '../../bench/lab/result.js';
import { mergeHistograms } from '../../bench/report/histogram.js';
import type { Histogram } from '../../bench/report/histogram.js';

const noFailures = { refused: 0, reset: 0, timeout: 0, short: 0, malformed: 0, status: 0, other: 0 };
const SUB_BUCKET_BITS = 7;

/** The counterpart of `bucketUpperEdgeNs`. */
function bucketOf(ns: number): number {
  const half = 2 ** (SUB_BUCKET_BITS - 1);
  if (ns < 2 * half) return ns;
  const shift = Math.floor(Math.log2(ns)) - (SUB_BUCKET_BITS - 1);
  return shift * half + Math.floor(ns / 2 ** shift);
}

export function histogramOf(valuesNs: readonly number[]): Histogram {
  const counts = new Map<number, number>();
  for (const ns of valuesNs) counts.set(bucketOf(ns), (counts.get(bucketOf(ns)) ?? 0) + 1);
  const empty = { p50Ns: 0, p90Ns: 0, p99Ns: 0, p999Ns: 0 };
  return mergeHistograms([
    {
      ...empty,
      count: valuesNs.length,
      sumNs: valuesNs.reduce((sum, ns) => sum + ns, 0),
      minNs: Math.min(...valuesNs),
      maxNs: Math.max(...valuesNs),
      subBucketBits: SUB_BUCKET_BITS,
      buckets: [...counts].toSorted(([left], [right]) => left - right),
    },
  ]);
}

export const rivals: readonly LabRival[] = [
  { name: 'single', title: 'one process', family: 'rival', runtime: 'Node 20.20.2' },
  { name: 'cluster-rr', title: 'node:cluster round robin', family: 'rival', runtime: 'Node 20.20.2' },
  { name: 'cluster-none', title: 'node:cluster, no policy', family: 'rival', runtime: 'Node 20.20.2' },
  { name: 'pm2', title: 'PM2 cluster mode', family: 'rival', runtime: 'PM2 7.0.1' },
  { name: 'watt', title: 'Watt', family: 'rival', runtime: 'Watt 3.2.0' },
  { name: 'nginx', title: 'nginx with reuseport', family: 'rival', runtime: 'nginx 1.22.1' },
  { name: 'plain', title: 'reuseport, kernel’s own hash', family: 'ours', runtime: 'Node 20.20.2' },
  { name: 'hash', title: 'reuseport hash with rescue', family: 'ours', runtime: 'Node 20.20.2' },
  { name: 'idle', title: 'reuseport idle', family: 'ours', runtime: 'Node 20.20.2' },
  { name: 'adaptive', title: 'reuseport adaptive', family: 'ours', runtime: 'Node 20.20.2' },
  { name: 'uws', title: 'reuseport with uWebSockets.js', family: 'ours', runtime: 'Node 20.20.2' },
  { name: 'epoll', title: 'C epoll server', family: 'limit' },
];

export function sampleOf(fields: Partial<LabSample>): LabSample {
  return {
    variant: '',
    round: 0,
    rival: 'idle',
    place: 0,
    latency: null,
    numbers: {},
    completed: 5_025,
    failures: noFailures,
    elapsedNs: 10e9,
    clientCpuShare: 0.08,
    clientLagP99Ms: 0.4,
    stealShare: 0.004,
    listenOverflows: 0,
    ...fields,
  };
}

export function scenarioOf(fields: Partial<LabScenarioResult>): LabScenarioResult {
  return {
    name: 'stall',
    title: 'Stall',
    question: 'How long does a new connection wait when one of 4 workers is stuck?',
    expected: 'Plain SO_REUSEPORT: p99 close to the block. Steering: p99 below 10 ms.',
    finding: null,
    asExpected: null,
    baseline: null,
    metrics: [],
    charts: [],
    samples: [],
    skipped: {},
    warnings: [],
    ...fields,
  };
}

export function resultOf(fields: Partial<LabResult>): LabResult {
  return {
    format: 'reuseport-bench',
    version: 1,
    startedAt: '2026-11-21T14:38:55.492Z',
    finishedAt: '2026-11-21T14:43:10.000Z',
    command: ['reuseport', 'bench', '--quick', '--out', 'lab'],
    quick: true,
    environment: {
      kernel: '6.18.44',
      architecture: 'x64',
      cpuModel: 'AMD EPYC',
      cores: 2,
      memoryBytes: 25_276_514_304,
      governor: 'unknown',
      loadAverage1: 0.18,
      somaxconn: 4_096,
      congestionControl: 'bbr',
      timeWaitBuckets: 131_072,
      nodeVersion: 'v20.20.2',
      packageVersion: '0.1.0',
    },
    rivals: [...rivals],
    scenarios: [],
    ...fields,
  };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Requests that take about `ms`, of which a share waits for a stuck worker. */
function latencies(random: Random, ms: number, stuckShare: number, stuckMs: number, count = 500): number[] {
  return range(count).map(() => {
    const usual = ms * (0.6 + 0.8 * random.next()) * (random.next() < 0.02 ? 4 + 6 * random.next() : 1);
    return Math.round((usual + (random.next() < stuckShare ? stuckMs * random.next() : 0)) * 1e6);
  });
}

export function stall(
  names: readonly string[] = ['plain', 'cluster-rr', 'hash', 'idle', 'adaptive'],
  rounds = 5,
): LabScenarioResult {
  const random = new Random(7);
  const samples = range(rounds).flatMap((round) =>
    names.map((rival, place) => {
      const latency = histogramOf(
        latencies(random, 0.4 + place * 0.05, rival === 'plain' ? 0.13 : 0.004 / (place + 1), 300),
      );
      return sampleOf({
        variant: '500 new connections/s',
        round,
        rival,
        place,
        latency,
        numbers: { p99: latency.p99Ns / 1e6, stuck: rival === 'plain' ? 12 + random.next() : random.next() / 5 },
      });
    }),
  );
  return scenarioOf({
    finding: 'p99 289 ms with the kernel’s own hash; between 3.5 and 5.2 ms with every policy and with node:cluster.',
    asExpected: true,
    baseline: names.includes('plain') ? 'plain' : null,
    metrics: [
      { key: 'p99', title: 'p99 by round', unit: 'ms', better: 'less' },
      { key: 'stuck', title: 'Waited more than 100 ms', unit: '%', better: 'less' },
    ],
    charts: [
      { kind: 'percentiles', title: 'How long a new connection waits for its answer' },
      { kind: 'bars', title: 'The slowest of a hundred', metric: 'p99' },
    ],
    samples,
  });
}

/** Throughput over 1 to 5 workers on 2 cores; `byWorker` is there. */
export function sweep(names: readonly string[] = ['cluster-rr', 'idle', 'epoll']): LabScenarioResult {
  const random = new Random(11);
  const samples = range(5).flatMap((round) =>
    [1, 2, 3, 4, 5].flatMap((workers) =>
      names.map((rival, place) => {
        const rate =
          (3_000 + 2_000 * place) * Math.min(2, workers) ** 0.8 * (1 - 0.02 * workers) * (0.97 + 0.06 * random.next());
        return sampleOf({
          variant: `${workers} workers`,
          x: workers,
          round,
          rival,
          place,
          numbers: { rate },
          byWorker: range(workers).map(() => 800 + Math.round(400 * random.next())),
        });
      }),
    ),
  );
  return scenarioOf({
    name: 'sweep',
    title: 'How many workers',
    question: 'How many workers are best on 2 cores, and what do 2×cores+1 cost?',
    expected: 'The most with as many workers as cores; a few per cent less with more.',
    finding: '2 workers are best; 5 cost 6 %.',
    asExpected: false,
    baseline: names[0] ?? null,
    metrics: [{ key: 'rate', title: 'Requests', unit: '/s', better: 'more' }],
    charts: [{ kind: 'lines', title: 'Throughput over the number of workers', metric: 'rate', x: 'workers' }],
    samples,
    skipped: { uws: 'uWebSockets.js is not installed for this Node' },
  });
}

function reloadCourse(random: Random, naive: boolean): LabTimeline {
  const values = range(60).map((step) => (naive && step % 20 === 10 ? 18 + 6 * random.next() : 0));
  return { stepMs: 100, values, marks: [0, 1, 2].map((index) => ({ atMs: 1_000 + index * 2_000, what: 'reload' })) };
}

/** Two workers, of which the second is gone in the middle. */
const workerCourses = (): Record<string, LabTimeline> =>
  Object.fromEntries(
    [1, 2].map((worker) => [
      `connections of worker ${worker}`,
      { stepMs: 100, values: range(60).map((step) => (worker === 2 && step >= 20 && step < 40 ? 0 : 10)) },
    ]),
  );

export function reload(): LabScenarioResult {
  const random = new Random(13);
  const samples = range(3).flatMap((round) =>
    ['cluster-rr', 'idle'].map((rival, place) => {
      const naive = rival === 'cluster-rr';
      const course = reloadCourse(random, naive);
      const failed = Math.round(course.values.reduce((sum, value) => sum + value, 0));
      return sampleOf({
        round,
        rival,
        place,
        numbers: { failed },
        failures: { ...noFailures, reset: failed },
        timelines: { failed: course, ...workerCourses() },
      });
    }),
  );
  return scenarioOf({
    name: 'reload',
    title: 'Rolling reload',
    question: 'How many requests fail while all workers are replaced, three times?',
    expected: 'Some with a naive close; none with reuseport.',
    finding: '63 requests failed with node:cluster, none with reuseport.',
    asExpected: true,
    metrics: [{ key: 'failed', title: 'Failed requests', unit: '', better: 'less' }],
    charts: [
      { kind: 'timeline', title: 'Failed requests over time', series: 'failed', unit: 'per 100 ms' },
      { kind: 'bars', title: 'Failed requests in a round', metric: 'failed' },
      { kind: 'shares', title: 'Which worker the connections of that time went to', series: 'connections of worker ' },
    ],
    samples,
    warnings: [
      { reason: 'too-few-rounds', detail: '3 rounds', remedy: 'A median needs at least 5 rounds: raise --rounds.' },
      {
        reason: 'client-saturated',
        detail: 'idle: client used all the CPU that it can in 1 of 3 rounds',
        remedy: 'Compare CPU per request.',
      },
    ],
  });
}

export const notRun = (): LabScenarioResult =>
  scenarioOf({
    name: 'network',
    title: 'Across a network',
    charts: [{ kind: 'percentiles', title: 'Latency' }],
    metrics: [{ key: 'p99', title: 'p99', unit: 'ms', better: 'less' }],
    skipped: { network: 'needs root for network namespaces' },
  });

/** Everything that a report can have. */
export function fullResult(): LabResult {
  const everybody = stall(
    rivals.map(({ name }) => name),
    1,
  );
  return resultOf({
    scenarios: [
      stall(),
      sweep(),
      reload(),
      notRun(),
      { ...everybody, name: 'everybody', title: 'Twelve rivals, one round', finding: null, asExpected: null },
      { ...stall(['idle'], 5), name: 'alone', title: 'One rival' },
    ],
  });
}
