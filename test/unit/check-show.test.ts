import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { reportOf } from '../../src/check/report.js';
import { CHECK_IDS } from '../../src/check/rows.js';
import { formatCheck } from '../../src/cli/show-check.js';
import { GOOD, HIDDEN, UNPRIVILEGED } from '../helpers/check-readings.js';

it('where all is well there is a line for each row, and no more', () => {
  const lines = formatCheck(reportOf(GOOD, '1.2.3')).split('\n');
  assert.equal(lines[0], 'reuseport 1.2.3, Node 22.23.3, Linux 6.18.44, uid 0');
  assert.match(lines[1] ?? '', /^--steer auto would use "idle": /);
  assert.equal(lines.filter((line) => line.startsWith('ok ')).length, CHECK_IDS.length);
  assert.equal(lines.length, CHECK_IDS.length + 5);
  assert.equal(lines.at(-1), `${CHECK_IDS.length} ok`);
});

it('a row that is not well says what it means, and every way to mend it', () => {
  const report = reportOf(UNPRIVILEGED, '1.2.3');
  const text = formatCheck(report);
  const unwrapped = text.replace(/\n +/g, ' ');
  for (const { status, meaning, mend } of report.rows.filter((row) => row.status !== 'ok')) {
    assert.ok(unwrapped.includes(meaning), meaning);
    for (const way of mend) assert.ok(text.includes(way), way);
    assert.notEqual(status, 'ok');
  }
  assert.match(text.split('\n').at(-1) ?? '', /^4 notice, \d+ ok$/);
});

it('the report is what --json prints, without values that JSON has not', () => {
  for (const readings of [GOOD, UNPRIVILEGED, HIDDEN]) {
    const report = reportOf(readings, '1.2.3');
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  }
});

it('docs/check.md has a section for each row, in the same order', async () => {
  const docs = await readFile(new URL('../../../docs/check.md', import.meta.url), 'utf8');
  const sections = [...docs.matchAll(/^### `([a-z-]+)`/gm)].map((match) => match[1]);
  assert.deepEqual(sections, [...CHECK_IDS]);
});
