import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueAges } from '../../src/supervisor/queue-ages.js';
import { judgeSize, type LoopLoad, NO_EXPERIENCE, type SizeReading } from '../../src/supervisor/sizing.js';
import { HOLD_MS, heldBy } from '../../src/supervisor/state.js';
import { Simulation } from '../helpers/simulated-workers.js';

const RULES = { min: 1, max: 4, threads: 1, shrinkAfterMs: 60_000, processors: 8 };
const FREE = { grow: false, shrink: false };

const runs = (...parts: number[]): LoopLoad[] => parts.map((ran) => ({ ran, waited: 0, inTurn: 0 }));

/** Readings of one second each; the verdict of the last. */
function judge(readings: readonly Partial<SizeReading>[], rules: Partial<typeof RULES> = {}) {
  let verdict = null;
  let experience = NO_EXPERIENCE;
  for (const [index, reading] of readings.entries()) {
    const full = { loops: [], queuedMs: 0, held: FREE, ...reading };
    verdict = judgeSize(experience, full, { ...RULES, ...rules }, index * 1_000);
    ({ experience } = verdict);
  }
  return { to: verdict?.change?.workers ?? null, why: verdict?.change?.why, obstacle: verdict?.obstacle };
}

const times = (count: number, reading: Partial<SizeReading>) => Array.from({ length: count }, () => reading);

test('a full loop gets a second one after one reading, a busy one after two', () => {
  assert.deepEqual(judge([{ loops: runs(0.97) }]).to, 2);
  assert.deepEqual(
    [1, 2].map((count) => judge(times(count, { loops: runs(0.9) })).to),
    [null, 2],
  );
  assert.deepEqual(judge([{ loops: runs(0.9) }, { loops: runs(0.3) }, { loops: runs(0.9) }]).to, null);
});

test('it is the mean of the loops that counts: one that has much to do is no matter of their number', () => {
  assert.equal(judge(times(9, { loops: runs(1, 0.2) })).to, null);
  assert.equal(judge(times(9, { loops: runs(1, 0.8) })).to, 3);
});

test('a loop that stands still without running is busy', () => {
  assert.equal(judge([{ loops: [{ ran: 0, waited: 0, inTurn: 1 }] }]).to, 2);
});

test('where connections wait for a second, less is busy; where the loops have room they are no reason', () => {
  assert.equal(judge(times(2, { loops: runs(0.75) })).to, null);
  assert.equal(judge(times(2, { loops: runs(0.75), queuedMs: 1_500 })).to, 2);
  assert.equal(judge(times(9, { loops: runs(1, 0.1), queuedMs: 9_000 })).to, null);
});

test('many workers grow by a quarter', () => {
  assert.equal(judge([{ loops: runs(...Array<number>(16).fill(1)) }], { max: 64, processors: 64 }).to, 20);
  assert.equal(judge([{ loops: runs(...Array<number>(16).fill(1)) }], { max: 18, processors: 64 }).to, 18);
  assert.equal(judge([{ loops: runs(...Array<number>(16).fill(1)) }], { max: 64, processors: 20 }).to, 20);
  assert.equal(judge([{ loops: runs(...Array<number>(16).fill(1)) }], { max: 64, processors: 19 }).to, 19);
});

test('where there are fewer loops than processors a quarter more is none too many', () => {
  const loops = runs(...Array<number>(15).fill(0.86));
  assert.equal(judge(times(2, { loops }), { max: 64, processors: 16 }).to, 16);
});

test('workers of several loops come and go whole', () => {
  const rules = { threads: 4, max: 3 };
  assert.equal(judge([{ loops: runs(1, 1, 1, 1) }], rules).to, 2);
  assert.equal(judge([{ loops: runs(1, 1, 1, 1) }], { ...rules, processors: 5 }).to, 2);
  assert.deepEqual(judge([{ loops: runs(1, 1, 1, 1) }], { ...rules, processors: 4 }).obstacle, 'processors');
  assert.deepEqual(
    judge([{ loops: runs(...Array<number>(12).fill(1)) }], { ...rules, processors: 99 }).obstacle,
    'most',
  );
  const two = (part: number) => ({ loops: runs(...Array<number>(8).fill(part)) });
  assert.equal(judge(times(61, two(0.25)), rules).to, 1);
  // Seven loops would do, one worker would not: that is no calm, and nothing of it is remembered.
  assert.equal(judge(times(99, two(0.4)), rules).to, null);
  assert.equal(judge([...times(99, two(0.4)), ...times(60, two(0.1))], rules).to, null);
  assert.equal(judge([...times(99, two(0.4)), ...times(61, two(0.1))], rules).to, 1);
});

test('it stays, and says why, at the most, with the processors in use, and after fewer were asked for', () => {
  const full = { loops: runs(1, 1) };
  assert.deepEqual(judge([full], { max: 2 }).obstacle, 'most');
  assert.deepEqual(judge([full], { processors: 2 }).obstacle, 'processors');
  assert.deepEqual(
    judge([{ loops: runs(0.86, 0.86) }, { loops: runs(0.86, 0.86) }], { processors: 2 }).obstacle,
    'processors',
  );
  const others = { loops: [{ ran: 0.7, waited: 0.3, inTurn: 0 }] };
  assert.deepEqual(judge([others]).obstacle, 'processors');
  assert.deepEqual(judge([{ ...full, held: { grow: true, shrink: false } }]).obstacle, 'held');
  assert.deepEqual(judge([full]), {
    to: 3,
    why: 'the loops are 100 % busy; the processors are 25 % used by them',
    obstacle: null,
  });
});

test('it shrinks only after a long calm, to what was enough for the most of that time', () => {
  const calm = { loops: runs(0.2, 0.2, 0.2, 0.2) };
  assert.equal(judge(times(60, calm)).to, null);
  assert.deepEqual(judge(times(61, calm)), {
    to: 2,
    why: 'the loops were 20 % busy at the most for 60.0 s',
    obstacle: null,
  });
  const more = { loops: runs(0.3, 0.3, 0.3, 0.3) };
  assert.equal(judge([...times(30, calm), more, ...times(30, calm)]).to, 3);
  const busy = { loops: runs(0.5, 0.5, 0.5, 0.5) };
  assert.equal(judge([...times(30, calm), busy, ...times(60, calm)]).to, null);
});

test('it never halves more than once, nor goes below the least', () => {
  const idle = { loops: runs(0, 0, 0, 0) };
  assert.equal(judge(times(61, idle)).to, 2);
  assert.equal(judge(times(61, idle), { min: 3 }).to, 3);
  assert.equal(judge(times(61, idle), { min: 4 }).to, null);
  assert.equal(judge(times(61, { loops: runs(0) })).to, null);
});

test('a calm begins anew when the number changes, and lasts while more were asked for', () => {
  const calm = { loops: runs(0, 0, 0) };
  assert.equal(judge([...times(40, calm), { loops: runs(0, 0) }, ...times(60, calm)]).to, null);
  assert.equal(judge(times(99, { ...calm, held: { grow: false, shrink: true } })).to, null);
});

test('what was asked for is not undone for ten minutes, what the load has done may be', () => {
  const change = { from: 2, why: null, atMs: 0, by: 'operator' as const };
  assert.deepEqual(heldBy({ ...change, to: 3 }, HOLD_MS - 1), { grow: false, shrink: true });
  assert.deepEqual(heldBy({ ...change, to: 1 }, HOLD_MS - 1), { grow: true, shrink: false });
  assert.deepEqual(heldBy({ ...change, to: 2 }, HOLD_MS - 1), { grow: true, shrink: true });
  assert.deepEqual(heldBy({ ...change, to: 3 }, HOLD_MS), FREE);
  assert.deepEqual(heldBy({ ...change, to: 3, by: 'load' }, 0), FREE);
});

test('a connection has waited since the look at which it was among those that waited', () => {
  const ages = new QueueAges();
  const looks: [queued: number, accepted: number, expected: number][] = [
    [3, 10, 0],
    // Two of the three have been accepted, and more have come.
    [5, 12, 1],
    [5, 12, 2],
    // The third has gone, too: the queue is another.
    [4, 14, 0],
    [4, 15, 1],
    [0, 19, 0],
    [1, 19, 0],
  ];
  for (const [nowMs, [queued, accepted, expected]] of looks.entries()) {
    assert.equal(ages.look(0, queued, accepted, nowMs), expected, `look ${nowMs}`);
  }
});

/** With two workers that serve. */
function serving(overrides: { surge?: number; spares?: number } = {}): Simulation {
  const simulation = new Simulation({ range: { min: 1, max: 4 }, ...overrides });
  simulation.settle();
  return simulation;
}

function resize(simulation: Simulation, workers: number): string[] {
  simulation.step({ type: 'resize', workers, why: 'a test', figures: { busy: 1 } });
  return simulation.states();
}

test('the load changes the number of workers, and log and state say why', () => {
  const simulation = serving();
  assert.deepEqual(resize(simulation, 3), ['0:1:ready', '1:1:ready', '2:1:starting']);
  const { event, message, fields } = simulation.logs.at(-1) ?? {};
  assert.deepEqual(
    [event, message, fields],
    ['sizing', 'grows from 2 to 3 workers: a test', { from: 2, to: 3, busy: 1 }],
  );
  assert.deepEqual(simulation.state.sizeChange, { from: 2, to: 3, by: 'load', why: 'a test', atMs: 0 });
  simulation.settle();
  assert.deepEqual(resize(simulation, 1), ['0:1:ready', '1:1:draining', '2:1:draining']);
});

test('the load changes nothing outside of its range, without one, or while something else is under way', () => {
  const without = new Simulation();
  without.settle();
  assert.equal(resize(without, 3).length, 2);
  for (const workers of [0, 2, 5]) assert.equal(resize(serving(), workers).length, 2);
  const begun: Record<string, (simulation: Simulation) => void> = {
    reload: (simulation) => void simulation.reload(),
    scale: (simulation) => void simulation.scale(3),
    stop: (simulation) => void simulation.stop(),
    death: (simulation) => simulation.die(2),
    resize: (simulation) => void resize(simulation, 3),
  };
  for (const [what, begin] of Object.entries(begun)) {
    const simulation = serving();
    begin(simulation);
    const before = JSON.stringify(simulation.state);
    resize(simulation, 1);
    assert.equal(JSON.stringify(simulation.state), before, what);
  }
  const starting = new Simulation({ range: { min: 1, max: 4 } });
  assert.equal(resize(starting, 3).length, 2);
});

test('a number outside of the range is refused, and a signal goes no further than its ends', () => {
  const simulation = serving();
  for (const workers of [5, 64]) {
    assert.deepEqual(simulation.answers.get(simulation.scale(workers)), {
      ok: false,
      code: 'ERR_USAGE',
      message: `scale: ${workers} is not within 1..4, the range of --workers`,
    });
  }
  const by = (workers: number) => simulation.request((request) => ({ type: 'scale-by', workers, request }));
  for (let time = 0; time < 5; time += 1) by(1);
  simulation.settle();
  assert.equal(simulation.states().length, 4);
  for (let time = 0; time < 5; time += 1) by(-1);
  simulation.settle();
  assert.equal(simulation.states().length, 1);
  assert.deepEqual(simulation.state.sizeChange, { from: 1, to: 1, by: 'operator', why: null, atMs: 0 });
});
