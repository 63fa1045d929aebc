import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  chosenScenarios,
  MEASURING_OPTIONS,
  allowOptions,
  namesOf,
  networkOf,
  planOf,
} from '../../bench/lab/options.js';
import type { BenchRequest } from '../../bench/lab/options.js';
import { plannedSeconds } from '../../bench/lab/run.js';
import { labScenarios } from '../../bench/lab/scenarios.js';
import { ReuseportError } from '../../src/errors.js';

function request(words: string[], options: BenchRequest['options'] = {}): BenchRequest {
  return { words, options, command: ['reuseport', 'bench', ...words] };
}

function refused(action: () => unknown, message: RegExp): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof ReuseportError, String(error));
    assert.equal(error.code, 'ERR_USAGE');
    assert.match(error.message, message);
    return true;
  });
}

const names = (words: string[]): string[] => chosenScenarios(request(words), labScenarios).map(({ name }) => name);

describe('the words of bench', () => {
  it('choose scenarios, in the order of the lab; none chooses all', () => {
    assert.deepEqual(names(['stall', 'churn', 'stall']), ['churn', 'stall']);
    assert.equal(names([]).length, labScenarios.length);
  });

  it('that name no scenario are refused with the names there are', () => {
    refused(() => chosenScenarios(request(['stal']), labScenarios), /no scenario "stal"; there are generator, .*stall/);
  });
});

const far = (words: string[]) => chosenScenarios(request(words, { 'round-trip': '20' }), labScenarios);

describe('a network between clients and server', () => {
  it('is a round trip and a loss, or nothing', () => {
    assert.equal(networkOf(request([])), undefined);
    assert.deepEqual(networkOf(request([], { 'round-trip': '40' })), { roundTripMs: 40, lossPercent: 0 });
    assert.deepEqual(planOf(request([], { loss: '0.5' })).network, { roundTripMs: 0, lossPercent: 0.5 });
    refused(() => networkOf(request([], { 'round-trip': '-1' })), /round-trip: expected a number from 0 to 2000/);
  });

  it('is for the scenarios that can be there', () => {
    assert.deepEqual(far(['stall', 'churn']).map(({ name }) => name), ['churn', 'stall']); // prettier-ignore
    assert.ok(far([]).length > 0 && far([]).every(({ overNetwork }) => overNetwork));
    refused(() => far(['stall', 'crash']), /--round-trip and --loss are for .*stall.*, and not for crash/);
  });
});

describe('the options of bench', () => {
  it('are numbers in their range', () => {
    assert.deepEqual(planOf(request([], { quick: true, rounds: '3', seconds: '0.5' })), {
      quick: true,
      rounds: 3,
      seconds: 0.5,
    });
    refused(() => planOf(request([], { rounds: '1.5' })), /rounds: expected an integer from 1 to 200, got "1\.5"/);
    refused(() => planOf(request([], { seconds: '' })), /seconds: expected a number/);
  });

  it('of another part are refused, not ignored', () => {
    refused(
      () => allowOptions(request([], { rps: '7' }), '', MEASURING_OPTIONS),
      /--rps is no option of "bench", which has --quick/,
    );
  });

  it('have no empty names', () => {
    assert.deepEqual(namesOf(request([], { rivals: 'idle, hash' }), 'rivals'), ['idle', 'hash']);
    refused(() => namesOf(request([], { rivals: 'idle,,hash' }), 'rivals'), /an empty name/);
  });
});

it('all of the lab at --quick is planned for less than five minutes on two cores', () => {
  const nothing = 'not asked for';
  const binaries = { nodeVersion: '20.0.0', nodeWithReusePort: nothing, pm2: nothing, watt: nothing };
  const quick = {
    scenarios: labScenarios,
    plan: planOf(request([], { quick: true })),
    rivals: undefined,
    binaries,
    command: [],
  };
  // The sweep grows with the cores of the machine.
  const seconds = plannedSeconds({ ...quick, scenarios: labScenarios.filter(({ name }) => name !== 'sweep') });
  assert.ok(seconds < 260, `${seconds} s`);
});

it('every scenario has metrics for its charts, and a baseline that takes part', () => {
  const plan = planOf(request([]));
  for (const { name, metrics, charts, baseline, rivals } of labScenarios) {
    const keys = new Set(metrics.map(({ key }) => key));
    for (const chart of charts) if ('metric' in chart) assert.ok(keys.has(chart.metric), `${name}: ${chart.metric}`);
    if (baseline !== null) assert.ok(rivals(plan).includes(baseline), name);
  }
});
