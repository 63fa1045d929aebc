// The table of metrics, by the conventions of Prometheus, and what is generated from it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { metricsDocs } from '../../src/observe/metrics/docs.js';
import { METRIC_GROUPS, METRICS } from '../../src/observe/metrics/table.js';

it('docs/metrics.md is what the table of metrics generates', async () => {
  const file = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  assert.equal(file, metricsDocs(), 'regenerate it: node dist/src/observe/metrics/docs.js --write');
});

it('every metric stands in one group only', () => {
  const names = METRIC_GROUPS.flatMap(({ metrics }) => Object.keys(metrics));
  assert.equal(new Set(names).size, names.length);
});

it('names begin with ours, counters end in _total, and times and sizes are in base units', () => {
  for (const [name, { type }] of METRICS) {
    assert.match(name, /^reuseport(_[a-z]+)+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.doesNotMatch(name, /_(ms|us|ns|millis|milliseconds|minutes|kb|mb|kilobytes|percent)(_|$)/);
  }
});

it('every help is one line that ends', () => {
  for (const [name, { help }] of METRICS) assert.match(help, /^[^\n\\]+\.$/, name);
});
