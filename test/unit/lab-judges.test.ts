import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { adviseFrom } from '../../bench/lab/own/advice.js';
import type { Standing } from '../../bench/lab/own/advice.js';
import type { LabSample } from '../../bench/lab/result.js';
import { labScenarios } from '../../bench/lab/scenarios.js';
import { judgeCounts } from '../../bench/lab/scenarios/sweep.js';
import type { Judgement } from '../../bench/lab/scenario.js';
import { addFailures } from '../../bench/steering/sample.js';

function sample(rival: string, numbers: Record<string, number>, fields: Partial<LabSample> = {}): LabSample {
  return {
    variant: 'v',
    round: 0,
    rival,
    place: 0,
    latency: null,
    numbers,
    completed: 10,
    failures: addFailures([]),
    elapsedNs: 1e9,
    clientCpuShare: 0.1,
    clientLagP99Ms: 0.1,
    stealShare: 0,
    listenOverflows: 0,
    ...fields,
  };
}

function judge(name: string, samples: readonly LabSample[]): Judgement {
  const scenario = labScenarios.find((one) => one.name === name);
  assert.ok(scenario !== undefined, name);
  return scenario.judge(samples);
}

for (const { name, judge: judgeOf } of labScenarios) {
  it(`${name} says nothing where nothing was measured`, () => {
    assert.deepEqual(judgeOf([]), { asExpected: null, finding: null });
  });
}

function samplesOf(key: string, figures: Record<string, number>, where?: Partial<LabSample>): LabSample[] {
  return Object.entries(figures).map(([rival, value]) => sample(rival, { [key]: value }, where));
}

/** Figures by rival that come out as expected, and figures that do not. */
const CASES: [name: string, key: string, good: Record<string, number>, bad: Record<string, number>, where?: Partial<LabSample>][] = [
  ['churn', 'CPU µs', { 'cluster-rr': 100, idle: 45 }, { 'cluster-rr': 100, idle: 90 }, { variant: 'full speed' }],
  ['keep-alive', 'CPU µs', { 'cluster-rr': 20, idle: 21 }, { 'cluster-rr': 20, idle: 30 }, { variant: 'full speed' }],
  ['stall', 'p99 ms', { plain: 280, 'cluster-rr': 7, idle: 3 }, { plain: 280, 'cluster-rr': 7, idle: 290 }],
  ['hang', 'slowest ms', { 'idle@rescue-after=0ms': 1_900, idle: 20 }, { 'idle@rescue-after=0ms': 1_900, idle: 1_800 }],
  ['mixed', 'p99 ms', { plain: 20, shared: 6, idle: 5 }, { plain: 20, shared: 6, idle: 30 }, { variant: 'load 0.5 of 900 req/s' }],
  ['network', 'p99 ms', { plain: 320, 'idle@rescue-after=0ms': 322, idle: 46 }, { plain: 320, 'idle@rescue-after=0ms': 322, idle: 330 }],
  ['hermes', 'p99 ms', { plain: 20, idle: 21 }, { plain: 20, idle: 40 }, { variant: 'costly, short connections, heavy' }],
  ['burst', 'most', { plain: 34, 'least-connections@rescue-after=0ms': 25 }, { plain: 30, 'least-connections@rescue-after=0ms': 40 }],
  ['wave', 'most on one', { plain: 13, 'least-connections@rescue-after=0ms': 8 }, { plain: 13, 'least-connections@rescue-after=0ms': 12 }],
  ['silent', 'waited', { plain: 11, idle: 0 }, { plain: 11, idle: 9 }, { variant: 'accepted when they speak' }],
  ['balance', 'Jain', { hash: 0.7, idle: 1 }, { hash: 0.7, idle: 0.9 }],
  ['reload', 'failed', { 'plain-kill': 8, idle: 0 }, { 'plain-kill': 8, idle: 1 }],
  ['scale-down', 'failed', { 'plain-kill': 9, 'cluster-kill': 14, idle: 0 }, { 'plain-kill': 9, 'cluster-kill': 14, idle: 2 }],
  ['hitters', 'fullest worker %', { 'hash@rescue-after=0ms': 27, 'sticky@rescue-after=0ms': 62 }, { 'hash@rescue-after=0ms': 52, 'sticky@rescue-after=0ms': 62 }, { variant: 'one client makes half of the connections' }],
  ['threads', 'memory MB', { 'auto@threads=1': 200, 'auto@threads=2': 180 }, { 'auto@threads=1': 200, 'auto@threads=2': 210 }, { variant: 'full speed' }],
  ['crash', 'failed', { 'plain-kill': 25, idle: 1 }, { 'plain-kill': 5, idle: 5 }],
  ['sticky', 'with one worker %', { 'hash@rescue-after=0ms': 4, 'sticky@rescue-after=0ms': 100 }, { 'hash@rescue-after=0ms': 4, 'sticky@rescue-after=0ms': 96 }],
  ['weighted', 'off by', { 'weighted:1,2,5@rescue-after=0ms': 1 }, { 'weighted:1,2,5@rescue-after=0ms': 30 }],
]; // prettier-ignore

for (const [name, key, good, bad, where] of CASES) {
  it(`${name} knows what was expected from what was not`, () => {
    const expected = judge(name, samplesOf(key, good, where));
    assert.equal(expected.asExpected, true, expected.finding ?? '');
    assert.match(expected.finding ?? '', /\.$/);
    assert.equal(judge(name, samplesOf(key, bad, where)).asExpected, false);
  });
}

const cookiesAt = (runs: number, left: number): LabSample[] => [
  sample('idle', { Jain: 0.98, cookies: 0, runs: 1, left: 0 }, { variant: 'without cookies' }),
  sample('idle', { Jain: 0.98, cookies: 1, runs, left }, { variant: 'always with cookies' }),
];

it('cookies asks for two runs, and for counters that keep nothing', () => {
  assert.equal(judge('cookies', cookiesAt(2, 0)).asExpected, true);
  assert.equal(judge('cookies', cookiesAt(1, 0)).asExpected, false);
  assert.equal(judge('cookies', cookiesAt(2, 3)).asExpected, false);
});

const fastOpenAt = (p50: number, p99: number): LabSample[] => [
  sample('idle@rescue-after=0ms', { 'p50 ms': 41, 'p99 ms': 330 }, { variant: 'the request after the handshake' }),
  sample('idle@rescue-after=0ms', { 'p50 ms': p50, 'p99 ms': p99 }, { variant: 'the request in the SYN' }),
];

it('fast-open asks for a round trip less, and for a choice that is not old', () => {
  assert.equal(judge('fast-open', fastOpenAt(21, 30)).asExpected, true);
  assert.equal(judge('fast-open', fastOpenAt(21, 310)).asExpected, false);
  assert.equal(judge('fast-open', fastOpenAt(41, 30)).asExpected, false);
});

const generators = (ratios: readonly number[]): LabSample[] =>
  ratios.flatMap((ratio, round) => [
    sample('loadgen', { rate: 1_000 * ratio }, { variant: 'kept connections', round }),
    sample('wrk', { rate: 1_000 }, { variant: 'kept connections', round }),
  ]);

it('generator knows another rate from rounds that are too far apart to tell', () => {
  assert.equal(judge('generator', generators([1, 1.02, 0.99, 1.01, 1.03])).asExpected, true);
  assert.equal(judge('generator', generators([1.2, 1.22, 1.19, 1.21, 1.2])).asExpected, false);
  assert.equal(judge('generator', generators([0.7, 1.3, 1.1, 1.4, 0.8])).asExpected, null);
  assert.equal(judge('generator', generators([1.2, 1.22])).asExpected, null);
  assert.match(
    judge('generator', generators([1.2, 1.2])).finding ?? '',
    /wrk 1000 \/s \(1\.20 ×, 95 %: 1\.20 to 1\.20\)\.$/,
  );
});

const late = (ms: number): LabSample[] => [...generators([1, 1, 1, 1]), sample('loadgen', { 'late p99 ms': ms })];

it('generator may be late by less than a millisecond', () => {
  assert.equal(judge('generator', late(0.2)).asExpected, true);
  assert.equal(judge('generator', late(3)).asExpected, false);
});

const runsOf = (ns: number): LabSample[] => [
  sample('idle', { 'ns/run': ns, 'runs/conn': 1, 'CPU µs': 30 }, { variant: '64 slots', x: 64 }),
];

it('programs compares a run with what the connection costs', () => {
  const { asExpected, finding } = judge('programs', runsOf(600));
  assert.equal(asExpected, true);
  assert.equal(finding, 'One run with 64 slots: idle 600 ns.');
  assert.equal(judge('programs', runsOf(6_000)).asExpected, false);
});

const mixedAt = (variant: string, idle: number): LabSample[] =>
  samplesOf('p99 ms', { plain: 20, shared: 6, idle }, { variant });

it('mixed looks at each load', () => {
  const { asExpected, finding } = judge('mixed', [...mixedAt('load 0.5', 5), ...mixedAt('load 0.8', 30)]);
  assert.equal(asExpected, false);
  assert.match(finding ?? '', /idle 5 ms at load 0\.5; .*idle 30 ms at load 0\.8\./);
});

const hermesAt = (variant: string, idle: number): LabSample[] => samplesOf('p99 ms', { plain: 0.5, idle }, { variant });

it('hermes lets small differences pass, and names each kind of traffic', () => {
  const { asExpected, finding } = judge('hermes', [...hermesAt('cheap', 1.5), ...hermesAt('costly', 0.25)]);
  assert.equal(asExpected, true);
  assert.match(finding ?? '', /^p99 of idle against plain: 3\S* × at cheap; 0\.5\S* × at costly\.$/);
});

const hash = (value: number): LabSample => sample('hash@rescue-after=0ms', { 'chi²': value });
const inTurn = (value: number): LabSample => sample('round-robin@rescue-after=0ms', { difference: value });

it('distribution allows chance to the hash, and nothing to turns', () => {
  assert.equal(judge('distribution', [hash(12), inTurn(1)]).asExpected, true);
  assert.equal(judge('distribution', [hash(40), inTurn(1)]).asExpected, false);
  assert.equal(judge('distribution', [hash(12), inTurn(2)]).asExpected, false);
  assert.equal(judge('distribution', [inTurn(0)]).asExpected, true);
});

const shapesAt = (key: string, figures: Record<string, number>, variant: string): LabSample[] => [
  ...samplesOf('memory MB', { 'auto@threads=1': 200, 'auto@threads=4': 150 }, { variant: 'full speed' }),
  ...samplesOf(key, figures, { variant }),
];
const costOf = (micros: number): LabSample[] =>
  shapesAt('CPU µs', { 'auto@threads=1': 100, 'auto@threads=4': micros }, 'full speed');
const tailOf = (ms: number): LabSample[] =>
  shapesAt('p99 ms', { 'auto@threads=4': ms }, 'one loop after the other stuck');

it('threads asks for the same cost, and for nobody who waits for a stuck loop', () => {
  assert.equal(judge('threads', costOf(110)).asExpected, true);
  assert.equal(judge('threads', costOf(160)).asExpected, false);
  assert.equal(judge('threads', tailOf(6)).asExpected, true);
  assert.equal(judge('threads', tailOf(240)).asExpected, false);
  assert.match(judge('threads', tailOf(240)).finding ?? '', /p99 beside stuck loops at most 240 ms\.$/);
});

const swept = (rival: string, x: number, rate: number, memory: number): LabSample =>
  sample(rival, { rate, 'memory MB': memory, 'CPU µs': 500 }, { variant: `${x} workers`, x });

it('sweep tells the least that is enough, Little’s law, and what threads make of it', () => {
  const processes = [swept('auto', 1, 1_000, 100), swept('auto', 2, 1_600, 150), swept('auto', 4, 1_620, 250)];
  const { asExpected, finding } = judgeCounts([...processes, swept('auto@threads=2', 2, 1_500, 120)], 2);
  assert.equal(asExpected, true);
  assert.equal(
    finding,
    '2 workers on 2 cores do 1600 requests/s, within 5 % of the best; 4 do 101 % of that and take 250 MB instead of 150. ' +
      "By Little's law each of the 32 requests under way stays for 20 ms (clients / rate), of which it is on a processor for " +
      '0.500 ms: 0.800 cores are busy. 2 of them as 1 process of 2 threads do 94 % of what 2 processes do, with 120 MB ' +
      'instead of 150.',
  );
  assert.equal(judgeCounts(processes, 1).asExpected, false);
});

const failed = (value: number, round: number): LabSample => sample('idle', { failed: value }, { round });

it('the worst round counts where a promise is absolute', () => {
  assert.equal(judge('reload', [failed(0, 0), failed(1, 1), failed(0, 2)]).asExpected, false);
});

const standing = (rival: string, fields: Partial<Standing> = {}): Standing => ({
  rival,
  ours: ['idle', 'hash'].includes(rival),
  failed: 0,
  ratePerSecond: 1_000,
  cpuMicros: 100,
  p99Ms: 10,
  ...fields,
});

describe('the advice about a program', () => {
  it('is the simplest where nothing differs', () => {
    const advice = adviseFrom(['idle', 'cluster-rr', 'single'].map((rival) => standing(rival)));
    assert.equal(advice?.best, 'single');
    assert.match(advice.why.join(' '), /little between them/);
  });

  it('puts the tail before throughput, and says by how much', () => {
    const all = [standing('hash', { ratePerSecond: 2_000, p99Ms: 200 }), standing('idle', { p99Ms: 5 })];
    const advice = adviseFrom(all);
    assert.equal(advice?.best, 'idle');
    assert.match(advice.why.join(' '), /takes 5 ms under the same load \(hash 200\)/);
  });

  it('puts a failed request before everything', () => {
    const advice = adviseFrom([standing('single', { failed: 3, p99Ms: 1 }), standing('cluster-rr', { p99Ms: 50 })]);
    assert.equal(advice?.best, 'cluster-rr');
    assert.match(advice.why[0] ?? '', /single 3/);
  });

  it('compares rate with one process, and CPU with node:cluster', () => {
    const all = [
      standing('single', { ratePerSecond: 500 }),
      standing('cluster-rr', { cpuMicros: 200 }),
      standing('idle', { cpuMicros: 80 }),
    ];
    const advice = adviseFrom(all);
    assert.equal(advice?.best, 'idle');
    assert.match(advice.why.join(' '), /2 times as much as one process.*0\.400 × the CPU/);
  });

  it('needs two to compare', () => {
    assert.equal(adviseFrom([standing('idle')]), undefined);
  });
});
