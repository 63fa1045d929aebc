/** The charts of a scenario: those that it asks for, and the accepts per worker where they were counted. */
import { groupBy } from '../../../report/group-by.js';
import type { LabChart, LabMetric, LabScenarioResult } from '../../result.js';
import type { Cell } from '../cells.js';
import type { Html } from '../html.js';
import type { Look } from '../looks.js';
import { metricTitle } from '../text.js';
import { accepts, acceptsLegend } from './accepts.js';
import { barScale, bars, barsLegend } from './bars.js';
import { figureHtml } from './figure.js';
import type { Chart } from './figure.js';
import { lines, linesLegend } from './lines.js';
import { percentiles } from './percentiles.js';
import { hasShares, shares, sharesLegend } from './shares.js';
import { timeline, timelineLegend } from './timeline.js';

type LookOf = (rival: string) => Look;

/** Names such as p99 stay small. */
const asSentence = (text: string): string => `${text.replace(/^[a-z](?=[a-z ])/, (first) => first.toUpperCase())}.`;

const betterText = { less: 'Less is better.', more: 'More is better.', neither: '' } as const;

/** Charts that compare rivals in one variant are made once for each. */
function byVariant(cells: readonly Cell[], title: string, chart: (cells: Cell[], title: string) => Chart): Chart[] {
  const groups = [...groupBy(cells, ({ variant }) => variant)];
  return groups.map(([variant, group]) => chart(group, groups.length === 1 ? title : `${title}: ${variant}`));
}

const percentilesOf = (cells: readonly Cell[], title: string, lookOf: LookOf): Chart[] =>
  byVariant(
    cells.filter(({ latency }) => latency !== null && latency.count > 0),
    title,
    (group, title) => ({
      title,
      how: 'Lower is better. To the right are the slowest requests; all rounds together.',
      draw: (breadth) => percentiles(group, lookOf, breadth),
    }),
  );

function barsOf(cells: readonly Cell[], title: string, metric: LabMetric, lookOf: LookOf): Chart[] {
  const known = cells.filter(({ estimates }) => estimates.has(metric.key));
  const scale = barScale(known, metric);
  return byVariant(known, title, (group, title) => ({
    title,
    how: `${asSentence(metricTitle(metric))} ${betterText[metric.better]} ${barsLegend(scale)}`,
    draw: (breadth) => bars(group, metric, lookOf, breadth, scale),
  }));
}

function linesOf(
  cells: readonly Cell[],
  { title, x }: Extract<LabChart, { kind: 'lines' }>,
  metric: LabMetric,
  lookOf: LookOf,
): Chart[] {
  const known = cells.filter(({ estimates }) => estimates.has(metric.key));
  // A line needs two points.
  if (new Set(known.map(({ variant }) => variant)).size < 2) return barsOf(cells, title, metric, lookOf);
  const how = `${betterText[metric.better]} ${linesLegend}`;
  return [{ title, how, draw: (breadth) => lines(known, metric, x, lookOf, breadth) }];
}

function chartsOf(chart: LabChart, cells: readonly Cell[], { metrics }: LabScenarioResult, lookOf: LookOf): Chart[] {
  switch (chart.kind) {
    case 'percentiles':
      return percentilesOf(cells, chart.title, lookOf);
    case 'bars':
    case 'lines': {
      const metric = metrics.find(({ key }) => key === chart.metric);
      if (metric === undefined) return [];
      return chart.kind === 'bars' ? barsOf(cells, chart.title, metric, lookOf) : linesOf(cells, chart, metric, lookOf);
    }
    case 'timeline': {
      const { series, unit, title } = chart;
      const timed = cells.filter(({ samples }) => samples.some(({ timelines }) => timelines?.[series] !== undefined));
      return byVariant(timed, title, (group, title) => ({
        title,
        how: timelineLegend(group, series, unit),
        draw: (breadth) => timeline(group, series, unit, lookOf, breadth),
      }));
    }
    case 'shares': {
      const { series, title } = chart;
      const counted = cells.filter((cell) => hasShares(cell, series));
      return byVariant(counted, title, (group, title) => ({
        title,
        how: sharesLegend,
        draw: (breadth) => shares(group, series, lookOf, breadth),
      }));
    }
    default:
      return chart satisfies never;
  }
}

const acceptsOf = (cells: readonly Cell[]): Chart[] =>
  byVariant(
    cells.filter(({ workerShares }) => workerShares.length > 1),
    'Accepted connections by worker',
    (group, title) => ({ title, how: acceptsLegend, draw: (breadth) => accepts(group, breadth) }),
  );

export function figuresOf(scenario: LabScenarioResult, cells: readonly Cell[], lookOf: LookOf): Html[] {
  const asked = scenario.charts.flatMap((chart) => chartsOf(chart, cells, scenario, lookOf));
  return [...asked, ...acceptsOf(cells)].map((chart) => figureHtml(chart));
}
