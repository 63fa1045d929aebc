import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compareRuns, differenceOf } from '../../bench/lab/report/compare/compare.js';
import { comparisonPage } from '../../bench/lab/report/compare/comparison-page.js';
import { environmentWarnings } from '../../bench/lab/report/compare/environments.js';
import { runNames } from '../../bench/lab/report/compare/run-names.js';
import { renderComparison } from '../../bench/lab/report/compare/terminal.js';
import type { LabResult } from '../../bench/lab/result.js';
import { resultOf, sampleOf, scenarioOf, stall } from '../helpers/lab-results.js';

const usual = [100, 102, 98, 101, 99];
const slower = usual.map((value) => value * 1.5);

function run(byRival: Record<string, readonly number[]>, fields: Partial<LabResult> = {}): LabResult {
  const samples = Object.entries(byRival).flatMap(([rival, values]) =>
    values.map((value, round) => sampleOf({ rival, round, numbers: { ms: value } })),
  );
  const metrics = [{ key: 'ms', title: 'Time', unit: 'ms', better: 'less' as const }];
  return resultOf({ scenarios: [scenarioOf({ samples, metrics })], ...fields });
}

const judgements = (results: readonly LabResult[]): (string | undefined)[] =>
  compareRuns(results).flatMap(({ cells }) =>
    cells.flatMap(({ differences }) => differences.map((one) => one?.judgement)),
  );

test('a run compared with itself shows no difference, and one apart by more than the spread is better or worse', () => {
  assert.deepEqual(judgements([run({ idle: usual }), run({ idle: usual })]), ['no difference']);
  assert.deepEqual(judgements([run({ idle: usual }), run({ idle: slower })]), ['worse']);
  assert.deepEqual(judgements([run({ idle: slower }), run({ idle: usual })]), ['better']);
});

test('which way is better is the metric’s to say', () => {
  assert.equal(differenceOf(usual, slower, 'more').judgement, 'better');
  assert.equal(differenceOf(usual, slower, 'less').judgement, 'worse');
  assert.equal(differenceOf(usual, slower, 'neither').judgement, 'other');
});

test('too few rounds judge nothing, however far apart', () => {
  assert.equal(differenceOf([100], [900], 'less').judgement, 'too few rounds');
  assert.equal(differenceOf(usual, [900, 901, 902], 'less').judgement, 'too few rounds');
  assert.equal(differenceOf(usual, [900, 901, 902, 903], 'less').judgement, 'worse');
});

test('a difference from 0 has no percentage, and from below 0 its true sign', () => {
  assert.equal(differenceOf([0, 0, 0, 0], [1, 1, 1, 1], 'less').relative, null);
  assert.equal(differenceOf([-10, -10, -10, -10], [-5, -5, -5, -5], 'more').relative?.change, 0.5);
});

test('every further run is compared with the first; what only one has stands without a difference', () => {
  const [scenario] = compareRuns([
    run({ idle: usual, plain: usual }),
    run({ idle: slower }),
    run({ idle: usual, new: usual }),
  ]);
  const shown = scenario?.cells.map(({ rival, figures, differences }) => [
    rival,
    figures.map((one) => one?.median),
    differences.map((one) => one?.judgement),
  ]);
  assert.deepEqual(shown, [
    ['plain', [100, undefined, undefined], [undefined, undefined]],
    ['idle', [100, 150, 100], ['worse', 'no difference']],
    ['new', [undefined, undefined, 100], [undefined, undefined]],
  ]);
});

test('a scenario that a run does not have is named', () => {
  const [, second] = compareRuns([run({ idle: usual }), resultOf({ scenarios: [{ ...stall(), name: 'other' }] })]);
  assert.deepEqual(second?.missingIn, [0]);
});

test('what differs in the environment is told by name, with both values', () => {
  const base = resultOf({});
  const other = resultOf({
    quick: false,
    finishedAt: null,
    environment: { ...base.environment, kernel: '5.10', cores: 8 },
  });
  assert.deepEqual(environmentWarnings([base, base]), []);
  assert.deepEqual(
    environmentWarnings([base, other]).map(({ detail }) => detail),
    ['cores: 2 | 8', 'kernel: 6.18.44 | 5.10', 'rounds: quick | full', 'run 2 did not finish'],
  );
});

test('runs are named by the parts of their paths that differ', () => {
  assert.deepEqual(runNames(['/x/before.json', '/x/after.json']), ['before', 'after']);
  assert.deepEqual(runNames(['/x/old/results.json', '/x/new/results.json']), ['old', 'new']);
  assert.deepEqual(runNames(['/x/a.json', '/x/a.json']), ['run 1', 'run 2']);
});

test('terminal and page say the same in plain words', () => {
  const results = [run({ idle: usual, plain: usual }), run({ idle: usual, plain: slower })];
  const scenarios = compareRuns(results);
  const names = ['before', 'after'];
  const text = renderComparison(results, scenarios, environmentWarnings(results), names);
  const html = comparisonPage(results, scenarios, environmentWarnings(results), names);
  for (const words of ['no difference that the spread allows to see', 'worse', '+50']) {
    assert.ok(text.includes(words), text);
    assert.ok(html.includes(words), words);
  }
  assert.match(text, /kernel’s own hash +100 \(98–102\) +150 \(147–153\) +\+50.%/);
  for (const word of ['NaN', 'undefined', '<script', 'Infinity']) assert.ok(!html.includes(word), word);
});
