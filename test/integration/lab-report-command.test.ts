import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { runReport } from '../../bench/lab/report/main.js';
import { temporaryFolder } from '../helpers/cli.js';
import { fullResult, reload, resultOf, stall } from '../helpers/lab-results.js';

const folder = temporaryFolder();
const write = (name: string, content: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

/** What the command prints. */
async function report(context: TestContext, ...args: string[]): Promise<string> {
  const lines: unknown[] = [];
  const { mock } = context.mock.method(console, 'log', (line: unknown) => lines.push(line));
  await runReport(args);
  mock.restore();
  return lines.join('\n');
}

test('one file writes its report again beside it, and leaves nothing else', async (context) => {
  const file = write('results.json', resultOf({ scenarios: [reload()] }));
  assert.match(await report(context, file), /report: .*report\.html/);
  assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /^<!doctype html>/);
  assert.deepEqual(readdirSync(folder).toSorted(), ['report.html', 'results.json']);
});

test('a file whose name ends with .md gets Markdown, and says where others are better', async (context) => {
  const file = write('full.json', fullResult());
  const out = join(folder, 'results.md');
  await report(context, file, '--out', out);
  const text = readFileSync(out, 'utf8');
  assert.match(text, /^# Results\n/);
  const headings = text.split('\n').filter((line) => line.startsWith('## '));
  assert.deepEqual(headings[0], '## Where others are better');
  assert.equal(headings.length, 1 + fullResult().scenarios.length);
  // Every row of a table has as many cells as its heading.
  for (const table of text.split('\n\n').filter((part) => part.startsWith('|'))) {
    const widths = new Set(
      table
        .trim()
        .split('\n')
        .map((line) => line.split(/(?<!\\)\|/).length),
    );
    assert.equal(widths.size, 1, table);
  }
});

test('two files print the comparison, and write it where they are told to', async (context) => {
  const before = write('before.json', resultOf({ scenarios: [stall()] }));
  const after = write('after.json', resultOf({ scenarios: [stall()] }));
  const out = join(folder, 'deeper', 'both.html');
  const text = await report(context, before, after, '--out', out);
  assert.match(text, /no difference that the spread allows to see/);
  assert.match(readFileSync(out, 'utf8'), /2 runs compared/);
});

test('a file that is not there or no result is told by its code, and nothing is written', async () => {
  const out = join(folder, 'never.html');
  const cut = write('cut.json', JSON.stringify(fullResult()).slice(0, 1_000));
  await assert.rejects(runReport([join(folder, 'absent.json'), '--out', out]), { code: 'ERR_RESULT_UNREADABLE' });
  await assert.rejects(runReport([folder, '--out', out]), { code: 'ERR_RESULT_UNREADABLE', message: /It is a folder/ });
  await assert.rejects(runReport([cut, '--out', out]), { code: 'ERR_RESULT_INVALID', message: /cut short/ });
  assert.ok(!existsSync(out));
});

test('a report never replaces the result that it is made of', async () => {
  const file = write('precious.json', fullResult());
  await assert.rejects(runReport([file, '--out', file]), { code: 'ERR_USAGE' });
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), fullResult());
});
