/** A result as Markdown, to be kept beside the code it is about: tables, what was expected, and where others are better. */
import type { Estimate } from '../../report/bootstrap.js';
import { groupBy } from '../../report/group-by.js';
import type { LabMetric, LabResult, LabScenarioResult } from '../result.js';
import { cellsOf, sortByMetric } from './cells.js';
import type { Cell } from './cells.js';
import { runFacts } from './run-facts.js';
import { duration, failuresText, figure, metricTitle, range, withUnit } from './text.js';

/** Below this a difference is not called one. */
const CLEARLY = 1.05;

/** Nothing in a text is a table's border or markup. */
const plain = (text: string): string => text.replaceAll(/[\\|<>*_`]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(headings), row(headings.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(row)].join('\n');
}

function estimateText(found: Estimate | undefined): string {
  if (found === undefined) return '–';
  const { median, min, max, rounds } = found;
  return rounds < 2 || min === max ? figure(median) : `${figure(median)} (${range({ low: min, high: max })})`;
}

function variantTable({ metrics }: LabScenarioResult, variant: string, cells: readonly Cell[]): string {
  const shown = metrics.filter(({ key }) => cells.some(({ estimates }) => estimates.has(key)));
  const timed = cells.some(({ latency }) => latency !== null);
  const [first] = shown;
  const rows = (first === undefined ? cells : sortByMetric(cells, first)).map((cell) => [
    plain(cell.rival.title),
    ...shown.map(({ key }) => estimateText(cell.estimates.get(key))),
    ...(timed ? [cell.latency === null ? '–' : duration(cell.latency.p99Ns / 1e6)] : []),
    failuresText(cell.failures),
  ]);
  const headings = ['', ...shown.map((metric) => plain(metricTitle(metric))), ...(timed ? ['p99 of all rounds'] : [])];
  return `${variant === '' ? '' : `**${plain(variant)}**\n\n`}${tableOf([...headings, 'failed'], rows)}`;
}

function verdict({ asExpected, finding, advises }: LabScenarioResult): string {
  if (advises === true && finding !== null) return plain(finding);
  const word = asExpected === null ? 'Open.' : asExpected ? 'As expected.' : '**Not as expected.**';
  return finding === null ? word : `${word} ${plain(finding)}`;
}

function doubts({ warnings, skipped }: LabScenarioResult): string[] {
  const reasons = [...groupBy(warnings, ({ reason }) => reason)].map(([, group]) => {
    const more = group.length > 1 ? ` (and ${group.length - 1} more like it)` : '';
    return `- Doubt: ${plain(group[0]?.detail ?? '')}${more}. ${plain(group[0]?.remedy ?? '')}`;
  });
  const absent = Object.entries(skipped).map(([rival, why]) => `- Not measured: ${plain(rival)}: ${plain(why)}`);
  return [...reasons, ...absent];
}

function scenarioText(result: LabResult, scenario: LabScenarioResult): string {
  const cells = groupBy(cellsOf(result.rivals, scenario), ({ variant }) => variant);
  const tables = [...cells].map(([variant, group]) => variantTable(scenario, variant, group));
  return [
    `## ${plain(scenario.title)}`,
    `${plain(scenario.question)} (\`reuseport bench ${scenario.name}\`)`,
    `Expected: ${plain(scenario.expected)}`,
    verdict(scenario),
    ...tables,
    doubts(scenario).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const isOurs = ({ rival }: Cell): boolean => rival.family === 'ours';

/** The best rival's figure beside our best one, where it is clearly better; null elsewhere. */
function lostIn(metric: LabMetric, cells: readonly Cell[]): string | null {
  const { key, better, unit } = metric;
  if (better === 'neither') return null;
  const measured = sortByMetric(
    cells.filter(({ estimates }) => estimates.has(key)),
    metric,
  );
  const [best] = measured;
  const ours = measured.find(isOurs);
  if (best === undefined || ours === undefined || isOurs(best)) return null;
  const [theirs, own] = [best, ours].map(({ estimates }) => estimates.get(key)?.median ?? 0) as [number, number];
  const [low, high] = better === 'less' ? [theirs, own] : [own, theirs];
  if (high <= low * CLEARLY) return null;
  const side = ({ rival }: Cell, value: number) => `${plain(rival.title)} ${withUnit(value, unit)}`;
  return `${metricTitle({ title: metric.title, unit: '' })}: ${side(best, theirs)}, ${side(ours, own)}`;
}

function whereOthersWin({ rivals, scenarios }: LabResult): string {
  const lines = scenarios.flatMap((scenario) => {
    const byVariant = groupBy(cellsOf(rivals, scenario), ({ variant }) => variant);
    return [...byVariant].flatMap(([variant, cells]) => {
      const lost = scenario.metrics.map((metric) => lostIn(metric, cells)).filter((line) => line !== null);
      const where = variant === '' ? scenario.name : `${scenario.name}, ${plain(variant)}`;
      return lost.map((line) => `- ${where}: ${line}`);
    });
  });
  const title =
    '## Where others are better\n\nThe best of them, and the best of this project beside it, by the median.\n\n';
  return `${title}${lines.length === 0 ? 'Nowhere in what was measured.' : lines.join('\n')}`;
}

const HOW_TO_READ =
  'Figures are the median of the rounds, in brackets the least and the largest. Best first. What each experiment does, and what ' +
  'such figures do not say: [benchmarking.md](benchmarking.md).';

export function markdownReport(result: LabResult): string {
  const facts = runFacts(result).map(([name, value]) => {
    return `- ${name}: ${name === 'Command' ? `\`${value}\`` : plain(value)}`;
  });
  const parts = ['# Results', HOW_TO_READ, facts.join('\n'), whereOthersWin(result)];
  return `${[...parts, ...result.scenarios.map((scenario) => scenarioText(result, scenario))].join('\n\n')}\n`;
}
