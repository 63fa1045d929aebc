import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseReportOptions } from '../../bench/lab/report/main.js';
import { parseResult } from '../../bench/lab/report/read.js';
import { ReuseportError } from '../../src/errors.js';
import { fullResult, histogramOf, resultOf, sampleOf, scenarioOf } from '../helpers/lab-results.js';

const good = JSON.stringify(fullResult());

function refusal(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ReuseportError, String(error));
    return error;
  }
  assert.fail('it was taken');
}

const refused = (text: string): string => {
  const { code, message } = refusal(() => parseResult(text, 'a.json'));
  assert.equal(code, 'ERR_RESULT_INVALID');
  assert.ok(message.startsWith('a.json: '), message);
  return message;
};

test('a result is read as it was written', () => {
  assert.deepEqual(parseResult(good, 'a.json'), JSON.parse(good));
});

test('fields of a later version are kept, and numbers that JSON cannot hold are left out', () => {
  const sample = { ...sampleOf({}), numbers: { ms: 1, jain: Number.NaN }, later: 1 };
  const text = JSON.stringify(resultOf({ scenarios: [scenarioOf({ samples: [sample] })] }));
  const read = parseResult(text, 'a.json').scenarios[0]?.samples[0];
  assert.deepEqual(read, { ...sample, numbers: { ms: 1 } });
});

test('what is no result is refused with what it is instead', () => {
  assert.match(refused(''), /the file is empty/);
  assert.match(refused(good.slice(0, good.length / 2)), /the file is cut short/);
  assert.match(refused('hello'), /this is not JSON/);
  for (const other of ['null', '7', '[]', '{}', '"text"', '{"benchmark":"steering"}']) {
    assert.match(refused(other), /this is not a result of reuseport bench/);
  }
});

test('another version is refused by its number', () => {
  assert.match(refused(JSON.stringify({ ...fullResult(), version: 2 })), /its version is 2.*reads version 1/);
  assert.match(refused('{"format":"reuseport-bench"}'), /its version is none/);
});

test('a field that is not what it should be is named', () => {
  assert.match(refused(JSON.stringify({ ...fullResult(), scenarios: 7 })), /: scenarios: /);
  const sample = { ...sampleOf({}), completed: 'many' };
  const scenarios = [{ ...scenarioOf({}), samples: [sample] }];
  assert.match(refused(JSON.stringify({ ...fullResult(), scenarios })), /scenarios\.0\.samples\.0\.completed: /);
});

test('histograms that cannot be added are refused', () => {
  const latency = histogramOf([1, 2, 3]);
  const samples = [sampleOf({ latency }), sampleOf({ latency: { ...latency, subBucketBits: 5 } })];
  assert.match(
    refused(JSON.stringify(resultOf({ scenarios: [scenarioOf({ samples })] }))),
    /different widths of buckets/,
  );
});

test('the command wants at least one file, and options that it knows', () => {
  assert.deepEqual(parseReportOptions(['a.json', 'b.json', '--out', 'x.html']), {
    files: ['a.json', 'b.json'],
    out: 'x.html',
  });
  assert.equal(parseReportOptions(['--help']), undefined);
  for (const args of [[], ['a.json', '--out='], ['a.json', '--wide']]) {
    assert.equal(refusal(() => parseReportOptions(args)).code, 'ERR_USAGE');
  }
});
