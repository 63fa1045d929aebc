/** A result on a terminal. */
import { groupBy } from '../report/group-by.js';
import { describeFailures } from '../report/sample.js';
import { pairedRatios, spread } from '../report/statistics.js';
import { alignColumns } from '../report/table.js';
import { addFailures } from '../steering/sample.js';
import { withRange } from '../steering/table.js';
import type { LabMetric, LabResult, LabSample, LabScenarioResult } from './result.js';

type Cells = readonly LabSample[];

const byRound = (samples: Cells, key: string): Map<number, number> =>
  new Map(samples.flatMap(({ round, numbers }) => (numbers[key] === undefined ? [] : [[round, numbers[key]]])));

function figure(samples: Cells, { key }: LabMetric): string {
  const values = [...byRound(samples, key).values()];
  return values.length === 0 ? '-' : withRange(spread(values));
}

function ratio(samples: Cells, baseline: Cells, { key }: LabMetric): string {
  const ratios = pairedRatios(byRound(samples, key), byRound(baseline, key));
  return ratios === undefined ? '-' : withRange(ratios);
}

const heading = ({ key, unit }: LabMetric): string => (unit === '' || key.endsWith(unit) ? key : `${key} ${unit}`);

function table(variant: string, samples: Cells, { metrics, baseline }: LabScenarioResult): string {
  const shown = metrics.filter(({ key }) => samples.some(({ numbers }) => key in numbers));
  const compared = baseline === null ? [] : shown.filter(({ better }) => better !== 'neither');
  const base = samples.filter(({ rival }) => rival === baseline);
  const headings = [
    'rival',
    ...shown.map(heading),
    ...compared.map(({ key }) => `${key} × ${baseline}`),
    'done',
    'failed',
  ];
  const rows = [...groupBy(samples, ({ rival }) => rival)].map(([rival, own]) => [
    rival,
    ...shown.map((metric) => figure(own, metric)),
    ...compared.map((metric) => ratio(own, base, metric)),
    String(own.reduce((sum, { completed }) => sum + completed, 0)),
    describeFailures(addFailures(own.map(({ failures }) => failures))),
  ]);
  return `${variant}\n${alignColumns([headings, ...rows])}`;
}

function verdict({ asExpected, finding, advises }: LabScenarioResult): string {
  if (advises === true && finding !== null) return `advice:   ${finding}`;
  if (asExpected === null) return `result:   ${finding ?? 'nothing can be said'}`;
  return `result:   ${asExpected ? 'as expected' : 'NOT AS EXPECTED'}${finding === null ? '' : `. ${finding}`}`;
}

/** Grouped by reason, the remedy once. */
function warnings({ warnings: all }: LabScenarioResult): string[] {
  return [...groupBy(all, ({ reason }) => reason)].map(([reason, group]) => {
    const [first, ...others] = group;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return `warning ${reason}: ${first?.detail}${more}. ${first?.remedy}`;
  });
}

function renderScenario(scenario: LabScenarioResult): string {
  const { name, question, expected, samples, skipped } = scenario;
  const tables = [...groupBy(samples, ({ variant }) => variant)].map(([variant, own]) => table(variant, own, scenario));
  return [
    `${name}: ${question}\nexpected: ${expected}\n${verdict(scenario)}`,
    ...tables,
    [...Object.entries(skipped).map(([rival, reason]) => `skipped ${rival}: ${reason}`), ...warnings(scenario)].join(
      '\n',
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const LEGEND = 'figures: median (least–most of the rounds); × is the ratio to that rival, paired by round';

export function renderLab({ scenarios, environment, quick }: LabResult): string {
  const { cpuModel, cores, kernel, nodeVersion } = environment;
  const machine = `${cpuModel}, ${cores} cores, Linux ${kernel}, Node ${nodeVersion}`;
  const caution = quick ? ['--quick: a first look. For figures to rely on, run without it.'] : [];
  return [machine, ...scenarios.map(renderScenario), [LEGEND, ...caution].join('\n')].join('\n\n');
}
