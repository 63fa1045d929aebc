// examples/grafana, examples/opentelemetry and examples/prometheus: they speak of metrics that there are, and the alerts fire when they should.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { METRICS } from '../../src/observe/metrics/table.js';
import { temporaryFolder } from '../helpers/cli.js';
import { withoutPromtool } from '../helpers/metrics.js';
import { root } from '../helpers/reuseport.js';

const prometheus = join(root, 'examples', 'prometheus');
const dashboard = readFileSync(join(root, 'examples', 'grafana', 'reuseport.json'), 'utf8');
const rules = readFileSync(join(prometheus, 'reuseport.rules.yml'), 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

const { panels } = JSON.parse(dashboard) as { panels: Panel[] };

function promtool(...args: string[]) {
  return spawnSync('promtool', args, { cwd: prometheus, encoding: 'utf8' });
}

/** Words that stand where a metric may: not a label, nor an annotation. */
function metricsIn(expressions: readonly string[]): Set<string> {
  return new Set(expressions.flatMap((expression) => expression.match(/\breuseport_\w+/g) ?? []));
}

const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

for (const [file, text] of [
  ['grafana/reuseport.json', dashboard],
  ['prometheus/reuseport.rules.yml', rules],
] as const) {
  test(`${file} speaks of metrics that there are alone`, () => {
    const named = metricsIn([text]);
    assert.ok(named.size > 8, [...named].join(', '));
    assert.deepEqual(
      [...named].filter((name) => !METRICS.has(name)),
      [],
    );
  });
}

test('labels that the dashboard uses are those of the metrics', () => {
  for (const expression of expressions) {
    const own = new Set([...metricsIn([expression])].flatMap((name) => METRICS.get(name)?.labels ?? []));
    const used = [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
    for (const label of used) assert.ok(label === 'instance' || own.has(label), `${label} in ${expression}`);
  }
});

test('no panel of the dashboard lies on another, and each that is no heading shows something', () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, type, gridPos, targets = [] } of panels) {
    if (type !== 'row') assert.ok(targets.length > 0, title);
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.equal(taken.get(`${x},${y}`), undefined, `${title} on ${taken.get(`${x},${y}`)}`);
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

test('every expression of the dashboard is one', { skip: withoutPromtool }, () => {
  const group = expressions.map((expression, index) => ({
    record: `panel:${index}`,
    expr: expression.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
  }));
  const file = join(temporaryFolder(), 'panels.json');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: group }] }));
  const { status, stdout, stderr } = promtool('check', 'rules', file);
  assert.equal(status, 0, `${stdout}${stderr}`);
});

test('the alert rules are sound', { skip: withoutPromtool }, () => {
  const { status, stdout, stderr } = promtool('check', 'rules', 'reuseport.rules.yml');
  assert.equal(status, 0, `${stdout}${stderr}`);
});

test('each alert fires when it should, and not otherwise', { skip: withoutPromtool }, () => {
  const { status, stdout, stderr } = promtool('test', 'rules', 'reuseport.rules.test.yml');
  assert.equal(status, 0, `${stdout}${stderr}`);
  const told = readFileSync(join(prometheus, 'reuseport.rules.test.yml'), 'utf8');
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  for (const name of alerts) assert.ok(told.includes(`alertname: ${name}\n        exp_alerts:`), name);
});

interface Collector {
  receivers: { prometheus: { config: { scrape_configs: { static_configs: { targets: string[] }[] }[] } } };
  processors: object;
  exporters: object;
  service: { pipelines: Record<string, Record<'receivers' | 'processors' | 'exporters', string[]>> };
}

const collector = parse(readFileSync(join(root, 'examples', 'opentelemetry', 'collector.yaml'), 'utf8')) as Collector;

test('what the Collector of OpenTelemetry scrapes is an address of the docs', { skip: withoutPromtool }, () => {
  const { config } = collector.receivers.prometheus;
  const file = join(temporaryFolder(), 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const { status, stdout, stderr } = promtool('check', 'config', file);
  assert.equal(status, 0, `${stdout}${stderr}`);
  const targets = config.scrape_configs.flatMap((each) => each.static_configs.flatMap((list) => list.targets));
  const told = readFileSync(join(root, 'docs', 'metrics.md'), 'utf8');
  for (const target of targets) assert.ok(told.includes(`--metrics ${target}`), target);
});

test('every part of the Collector is in a pipeline, and every part of a pipeline is there', () => {
  const { service, ...parts } = collector;
  for (const kind of ['receivers', 'processors', 'exporters'] as const) {
    const used = Object.values(service.pipelines).flatMap((pipeline) => pipeline[kind]);
    assert.deepEqual(used, Object.keys(parts[kind]), kind);
  }
});
