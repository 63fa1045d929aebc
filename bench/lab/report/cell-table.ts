/** The figures of a variant as a table: what the charts show, and what they cannot. */
import { groupBy } from '../../report/group-by.js';
import type { Estimate } from '../../report/bootstrap.js';
import type { LabMetric, LabScenarioResult } from '../result.js';
import { sortByMetric } from './cells.js';
import type { Cell } from './cells.js';
import { html } from './html.js';
import type { Html } from './html.js';
import type { Look } from './looks.js';
import { duration, failuresText, figure, metricTitle, percent, range } from './text.js';

interface Column {
  heading: Html;
  cell(cell: Cell): Html;
}

const nothing = html`–`;

function estimateOf({ median, min, max, low, high, rounds }: Estimate): Html {
  if (rounds < 2 || min === max) return html`<b>${figure(median)}</b>`;
  const spread = range({ low: min, high: max });
  const interval = range({ low, high });
  // Of five rounds the interval of the median is all of them.
  return spread === interval
    ? html`<b>${figure(median)}</b><small>all, 95 %: ${spread}</small>`
    : html`<b>${figure(median)}</b><small>all: ${spread}</small><small>95 %: ${interval}</small>`;
}

function ratioOf({ median, low, high, rounds }: Estimate): Html {
  const interval = rounds < 2 || low === high ? null : html`<small>95 %: ${range({ low, high })}</small>`;
  return html`×${figure(median)}${interval}`;
}

const optional = (found: Estimate | undefined, text: (found: Estimate) => Html): Html =>
  found === undefined ? nothing : text(found);

function metricColumns(metric: LabMetric, cells: readonly Cell[], baseline: string | null): Column[] {
  const { key } = metric;
  const own: Column = {
    heading: html`${metricTitle(metric)}`,
    cell: ({ estimates }) => optional(estimates.get(key), estimateOf),
  };
  const ratio: Column = {
    heading: html`× ${baseline}`,
    cell: ({ ratios }) => optional(ratios.get(key), ratioOf),
  };
  return cells.some(({ ratios }) => ratios.has(key)) ? [own, ratio] : [own];
}

function latencyColumns(cells: readonly Cell[]): Column[] {
  if (cells.every(({ latency }) => latency === null)) return [];
  const columns = { p50: 'p50Ns', p90: 'p90Ns', p99: 'p99Ns', 'p99.9': 'p999Ns', max: 'maxNs' } as const;
  return Object.entries(columns).map(([title, key]) => ({
    heading: html`${title}`,
    cell: ({ latency }) => (latency === null || latency.count === 0 ? nothing : html`${duration(latency[key] / 1e6)}`),
  }));
}

function columnsOf(cells: readonly Cell[], scenario: LabScenarioResult): Column[] {
  return [
    ...latencyColumns(cells),
    ...scenario.metrics.flatMap((metric) => metricColumns(metric, cells, scenario.baseline)),
    { heading: html`rounds`, cell: ({ rounds }) => html`${rounds}` },
    { heading: html`done`, cell: ({ completed }) => html`${figure(completed)}` },
    { heading: html`failed`, cell: ({ failures }) => html`${failuresText(failures)}` },
    { heading: html`client CPU`, cell: ({ clientCpuShare }) => html`${percent(clientCpuShare)}` },
  ];
}

/** A group of rows for each variant, best first. */
function tableOf(scenario: LabScenarioResult, cells: readonly Cell[], lookOf: LookOf): Html {
  const [first] = scenario.metrics;
  const columns = columnsOf(cells, scenario);
  const rowOf = (cell: Cell): Html =>
    html`<tr>
      <th scope="row">
        <span class="swatch" style="background:${lookOf(cell.rival.name).colour}"></span>${cell.rival.title}
      </th>
      ${columns.map((column) => html`<td>${column.cell(cell)}</td>`)}
    </tr>`;
  const groupOf = ([variant, group]: readonly [string, Cell[]]): Html =>
    html`<tbody>
      ${
        variant === ''
          ? null
          : html`<tr>
              <th class="group" scope="rowgroup" colspan="${columns.length + 1}"><span>${variant}</span></th>
            </tr>`
      }
      ${(first === undefined ? group : sortByMetric(group, first)).map(rowOf)}
    </tbody>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${`Figures: ${scenario.title}`}">
    <table>
      <thead>
        <tr>
          <th scope="col">rival</th>
          ${columns.map(({ heading }) => html`<th scope="col">${heading}</th>`)}
        </tr>
      </thead>
      ${[...groupBy(cells, ({ variant }) => variant)].map(groupOf)}
    </table>
  </div>`;
}

type LookOf = (rival: string) => Look;

export function tablesOf(scenario: LabScenarioResult, cells: readonly Cell[], lookOf: LookOf): Html {
  if (cells.length === 0) return html``;
  const timed = cells.some(({ latency }) => latency !== null);
  const against =
    scenario.baseline === null
      ? ''
      : ` Ratios (×) compare with ${scenario.baseline} in the same round, then take the median.`;
  return html`<h3>All figures</h3>
    <p class="how">
      Bold: median of the rounds; below it all rounds from the least to the largest, and the 95 % interval of the median
      (bootstrap).${against}${timed ? ' Percentiles (p50 … max) are those of all rounds’ requests together.' : ''}
      Client CPU is that of the load generator, of one core.
    </p>
    ${tableOf(scenario, cells, lookOf)}`;
}
