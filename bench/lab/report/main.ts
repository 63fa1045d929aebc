/** `reuseport bench report`: a report again from one result, or a comparison of several. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ReuseportError } from '../../../src/errors.js';
import type { LabResult } from '../result.js';
import { compareRuns } from './compare/compare.js';
import { comparisonPage } from './compare/comparison-page.js';
import { environmentWarnings } from './compare/environments.js';
import { runNames } from './compare/run-names.js';
import { renderComparison } from './compare/terminal.js';
import { readResult } from './read.js';
import { writePage, writeReport } from './write.js';

export const reportUsage = `usage: reuseport bench report <results.json> [<results.json>…] [--out <file>]
  One file: writes its report again, as report.html beside it; with --out <file.md> as Markdown, without charts.
  Several: compares each further run with the first, in the terminal and as comparison.html beside the first.`;

export interface ReportOptions {
  files: string[];
  out: string | undefined;
}

const usageError = (message: string, cause?: unknown): ReuseportError =>
  new ReuseportError('ERR_USAGE', `${message}\n${reportUsage}`, cause === undefined ? {} : { cause });

/** Undefined when only the usage is wanted. @throws ReuseportError ERR_USAGE */
export function parseReportOptions(args: readonly string[]): ReportOptions | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), error);
  }
  const { values, positionals } = parsed;
  if (values.help) return undefined;
  if (positionals.length === 0) throw usageError('bench report: which results.json?');
  if (values.out?.trim() === '') throw usageError('--out: expected the name of a file, got nothing');
  return { files: positionals, out: values.out };
}

async function compare(results: readonly LabResult[], names: readonly string[], out: string): Promise<void> {
  const scenarios = compareRuns(results);
  const warnings = environmentWarnings(results);
  await writePage(out, comparisonPage(results, scenarios, warnings, names));
  console.log(renderComparison(results, scenarios, warnings, names));
}

/** @throws ReuseportError ERR_USAGE, ERR_RESULT_UNREADABLE or ERR_RESULT_INVALID */
export async function runReport(args: readonly string[]): Promise<void> {
  const options = parseReportOptions(args);
  if (options === undefined) {
    console.log(reportUsage);
    return;
  }
  const { files } = options;
  const results = await Promise.all(files.map((file) => readResult(file)));
  const [first = '.'] = files;
  const [only, another] = results;
  const out = options.out ?? path.join(path.dirname(first), another === undefined ? 'report.html' : 'comparison.html');
  // A second argument by mistake must not cost the measurement.
  if (files.some((file) => path.resolve(file) === path.resolve(out))) {
    throw usageError(`--out: ${out} is one of the results, which would be lost`);
  }
  if (only !== undefined && another === undefined) await writeReport(only, out);
  else await compare(results, runNames(files), out);
  console.log(`\nreport: ${path.relative('.', out)}`);
}
