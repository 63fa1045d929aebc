import assert from 'node:assert/strict';
import { test } from 'node:test';

import { namedInFindings } from '../../bench/lab/report/rival-names.js';
import { reportPage } from '../../bench/lab/report/report-page.js';
import {
  fullResult,
  notRun,
  reload,
  resultOf,
  rivals,
  sampleOf,
  scenarioOf,
  stall,
  sweep,
} from '../helpers/lab-results.js';

const count = (text: string, part: string): number => text.split(part).length - 1;
const full = reportPage(fullResult());

const withoutIds = (html: string): string => html.replaceAll(/zr\d+/g, 'zr');
const position = (text: string): number => full.indexOf(text);

/** What a browser would fetch: anything but the namespaces of SVG and places in the page itself. */
function loadedFrom(html: string): string[] {
  const attributes = [...html.matchAll(/\s(?:src|href|xlink:href|action|data|poster|srcset)="([^"]*)"/g)].map(
    ([, url = '']) => url,
  );
  const styles = [...html.matchAll(/url\(([^)]*)\)/g)].map(([, url = '']) => url);
  return [...attributes, ...styles].filter((url) => !url.startsWith('#'));
}

test('a report has each scenario with its question, what was expected, what came out, and what did not run', () => {
  for (const { title, question, expected, finding } of fullResult().scenarios) {
    for (const text of [title, question, expected, finding ?? title]) assert.ok(full.includes(text), text);
  }
  assert.ok(full.includes('needs root for network namespaces'));
  assert.ok(full.includes('uWebSockets.js is not installed for this Node'));
  assert.equal(count(full, '✓ as expected'), 2 * 3, 'in the summary and in the section');
  assert.equal(count(full, '✗ not as expected'), 2);
});

test('a report runs and loads nothing', () => {
  assert.deepEqual(loadedFrom(full), []);
  for (const word of ['<script', '<link', '<iframe', '@import', 'javascript:']) assert.ok(!full.includes(word), word);
  assert.ok(full.includes('default-src &#39;none&#39;'));
});

test('every chart is there as a wide and as a narrow drawing, each with its description', () => {
  const figures = count(full, '<figure>');
  assert.ok(figures >= 10, String(figures));
  assert.equal(count(full, '<svg '), 2 * figures);
  assert.equal(count(full, '<svg role="img" aria-label="'), 2 * figures);
  assert.equal(count(full, '<div class="wide"><svg'), figures);
});

test('no two drawings of a page share an id', () => {
  const ids = [...full.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test('no figure of a chart is missing: no NaN, no undefined', () => {
  for (const word of ['NaN', 'undefined', 'Infinity', '[object']) assert.ok(!full.includes(word), word);
});

test('the same result makes the same report', () => {
  const [first, again] = [0, 1].map(() => withoutIds(reportPage(resultOf({ scenarios: [stall(), reload()] }))));
  assert.equal(first, again);
});

test('names that are HTML, SVG or templates are shown as they are, wherever they stand', () => {
  const hostile = `<img src=x onerror=alert(1)>"'&{a|b}{c}</style></svg><script>alert(2)</script>`;
  const scenarios = [stall(['plain', 'idle']), sweep(['plain', 'idle']), reload()].map((scenario) => ({
    ...scenario,
    name: hostile,
    title: hostile,
    question: hostile,
    expected: hostile,
    finding: hostile,
    metrics: scenario.metrics.map((metric) => ({ ...metric, title: hostile, unit: hostile })),
    charts: scenario.charts.map((chart) => ({
      ...chart,
      title: hostile,
      ...(chart.kind === 'lines' ? { x: hostile } : {}),
    })),
    samples: scenario.samples.map((sample) => ({ ...sample, variant: `${hostile}${sample.variant}` })),
    skipped: { [hostile]: hostile },
    warnings: [{ reason: hostile, detail: hostile, remedy: hostile }],
  }));
  const html = reportPage(
    resultOf({
      startedAt: hostile,
      command: [hostile],
      rivals: rivals.map((rival) => ({ ...rival, title: hostile, runtime: hostile })),
      scenarios,
    }),
  );
  assert.deepEqual(loadedFrom(html), []);
  assert.ok(!html.includes('<script'));
  assert.ok(!html.includes('<img'));
  assert.equal(count(html, '</style>'), 1);
  assert.equal(count(html, '<svg '), count(html, '</svg>'));
});

test('a rival that wins comes first, whosever it is', () => {
  const rates = { idle: 100, epoll: 300, 'cluster-rr': 200 };
  const scenario = scenarioOf({
    metrics: [{ key: 'rate', title: 'Requests', unit: '/s', better: 'more' }],
    samples: Object.entries(rates).map(([rival, rate]) => sampleOf({ rival, numbers: { rate } })),
  });
  const table = (better: 'more' | 'less'): string[] => {
    const [metric] = scenario.metrics;
    assert.ok(metric !== undefined);
    const html = reportPage(
      resultOf({ rivals: [...rivals], scenarios: [{ ...scenario, metrics: [{ ...metric, better }] }] }),
    );
    const rows = html.slice(html.indexOf('All figures'), html.indexOf('<footer>'));
    return [...rows.matchAll(/<\/span>([^<]*)<\/th>/g)].map(([, title = '']) => title.trim());
  };
  assert.deepEqual(table('more'), ['C epoll server', 'node:cluster round robin', 'reuseport idle']);
  assert.deepEqual(table('less'), ['reuseport idle', 'node:cluster round robin', 'C epoll server']);
});

test('what voids figures stands before everything else, and what only blurs them after the figures', () => {
  assert.ok(position('Figures here do not mean what they seem to') < position('id="summary"'));
  assert.ok(position('client-saturated') < position('id="summary"'));
  assert.ok(position('too-few-rounds') > position('id="summary"'));
});

test('a run without scenarios, and scenarios without samples, still make a report', () => {
  assert.ok(reportPage(resultOf({ rivals: [], finishedAt: null })).includes('did not finish'));
  const html = reportPage(resultOf({ scenarios: [notRun()] }));
  assert.ok(html.includes('It did not run.'));
  assert.equal(count(html, '<figure>'), 0);
  assert.equal(count(html, '<table>'), 1, 'that of the rivals');
});

test('one round has figures without intervals, and one rival no ratio', () => {
  const html = reportPage(resultOf({ rivals: [], scenarios: [stall(['idle'], 1)] }));
  assert.ok(!html.includes('95 %: '));
  assert.ok(!html.includes('× '));
  assert.ok(reportPage(resultOf({ scenarios: [stall(['plain', 'idle'], 5)] })).includes('95 %: '));
});

test('a chart whose figure nobody has, and samples of a rival that is not listed, do no harm', () => {
  const samples = [sampleOf({ rival: 'stranger', numbers: { known: 1 } }), sampleOf({ rival: 'idle', numbers: {} })];
  const html = reportPage(
    resultOf({
      scenarios: [
        scenarioOf({
          samples,
          metrics: [
            { key: 'known', title: 'Known', unit: '', better: 'more' },
            { key: 'absent', title: 'Absent', unit: '', better: 'more' },
          ],
          charts: [
            { kind: 'bars', title: 'Known', metric: 'known' },
            { kind: 'bars', title: 'Absent', metric: 'absent' },
            { kind: 'bars', title: 'Not even a metric', metric: 'nothing' },
            { kind: 'lines', title: 'Absent', metric: 'absent', x: 'workers' },
            { kind: 'timeline', title: 'Absent', series: 'absent', unit: '' },
            { kind: 'shares', title: 'Absent', series: 'absent' },
            { kind: 'percentiles', title: 'Absent' },
          ],
        }),
      ],
    }),
  );
  assert.equal(count(html, '<figure>'), 1);
  assert.ok(html.includes('stranger'));
});

test('short names that sentences use are told in words, and no others', () => {
  const findings = ['p99: idle@rescue-after=0ms 330 ms, cluster-rr 46 ms.', null];
  const named = namedInFindings({
    rivals: [
      { name: 'idle', title: 'reuseport --steer idle', family: 'ours' },
      { name: 'idle@rescue-after=0ms', title: 'reuseport --steer idle, rescue-after 0ms', family: 'ours' },
      { name: 'cluster-rr', title: 'node:cluster round robin', family: 'rival' },
      { name: 'cluster', title: 'another', family: 'rival' },
    ],
    scenarios: findings.map((finding) => scenarioOf({ finding })),
  });
  assert.deepEqual(named.map(({ name }) => name), ['idle@rescue-after=0ms', 'cluster-rr']); // prettier-ignore
});
