import { groupBy } from '../../../report/group-by.js';
import { alignColumns } from '../../../report/table.js';
import type { LabResult, LabWarning } from '../../result.js';
import { renderWarnings } from '../../warnings.js';
import { figure, metricTitle, range } from '../text.js';
import type { ComparedCell, ComparedScenario } from './compare.js';
import { changeInterval, changeText, judgementText } from './words.js';

function rowOf({ title, figures, differences }: ComparedCell): string[] {
  const shown = figures.map((found) =>
    found === null ? '-' : `${figure(found.median)} (${range({ low: found.min, high: found.max })})`,
  );
  const changes = differences.flatMap((difference) =>
    difference === null
      ? ['-', '']
      : [`${changeText(difference)} (${changeInterval(difference)})`, judgementText[difference.judgement]],
  );
  return [title, ...shown, ...changes];
}

function tablesOf({ title, cells, missingIn }: ComparedScenario, names: readonly string[]): string {
  const tables = [...groupBy(cells, ({ variant, metric }) => `${variant}\0${metric.key}`).values()].map((group) => {
    const [first] = group;
    if (first === undefined) return '';
    const heading = [first.variant, metricTitle(first.metric)].filter(Boolean).join(': ');
    const headings = ['rival', ...names, ...names.slice(1).flatMap((name) => [`${name} to ${names[0]}`, ''])];
    return `${heading}\n${alignColumns([headings, ...group.map(rowOf)])}`;
  });
  const missing = missingIn.map((run) => `not in ${names[run]}`);
  return [`── ${title}`, ...missing, ...tables].join('\n\n');
}

export function renderComparison(
  results: readonly LabResult[],
  scenarios: readonly ComparedScenario[],
  warnings: readonly LabWarning[],
  names: readonly string[],
): string {
  const runs = results.map(
    ({ startedAt, environment }, run) =>
      `${names[run]}: ${startedAt}, reuseport ${environment.packageVersion}, Node ${environment.nodeVersion}`,
  );
  const legend =
    'median (least–most of the rounds); the difference to the first run with its 95 % interval (bootstrap)';
  return [runs.join('\n'), renderWarnings(warnings), ...scenarios.map((one) => tablesOf(one, names)), legend]
    .filter(Boolean)
    .join('\n\n');
}
