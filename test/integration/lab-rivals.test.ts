// The rivals and load generators of `reuseport bench` that are installed on demand: each rival is started, answers the same
// as the others, is measured, and leaves no process.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { closedLoops } from '../../bench/closed-loop/run.js';
import { findTool } from '../../bench/debian.js';
import { presentAutocannon, presentRivals } from '../../bench/install.js';
import { debianRivals } from '../../bench/lab/debian-rivals.js';
import type { LabScenario } from '../../bench/lab/scenario.js';
import { field } from '../../bench/lab/scenarios/field.js';
import { generator } from '../../bench/lab/scenarios/generator.js';
import { stall } from '../../bench/lab/scenarios/steered.js';
import { churn } from '../../bench/lab/scenarios/throughput.js';
import { loadgenFile } from '../../bench/paths.js';
import { whyNoUws } from '../../bench/uws-presence.js';
import { noBinaries, runOnce, smokeOf } from '../helpers/lab-smoke.js';

const notBuilt = existsSync(loadgenFile) ? undefined : 'loadgen is not built: npm run bench builds it';
const installed = await presentRivals();

/** One of its variants is enough to see that it takes part. */
const atFullSpeed: LabScenario = {
  ...churn,
  experiment(plan) {
    const experiment = churn.experiment(plan);
    return { ...experiment, warmupRequests: 20, variants: () => experiment.variants().slice(0, 1) };
  },
};

const newConnections = { host: '127.0.0.1', port: 1, connections: 1, threads: 1, newConnections: true, seconds: 1 };

async function takesPart(name: string): Promise<string[]> {
  const { samples, warnings } = await smokeOf(atFullSpeed, ['single', name], { ...noBinaries, ...installed });
  const sample = samples.find(({ rival }) => rival === name);
  assert.ok((sample?.completed ?? 0) > 0);
  assert.ok((sample?.numbers['CPU µs'] ?? 0) > 0);
  const reasons = warnings.map(({ reason }) => reason);
  assert.ok(!reasons.includes('different-bytes'), JSON.stringify(warnings));
  return reasons;
}

const whyNot = (found: object | string): string | false => notBuilt ?? (typeof found === 'string' ? found : false);

for (const name of ['pm2', 'watt'] as const) {
  test(`${name} takes part in the lab, with the same bytes`, { skip: whyNot(installed[name]) }, async () => {
    assert.ok(!(await takesPart(name)).includes('different-headers'));
  });
}

for (const name of ['plain-uws', 'hash@server=uws']) {
  test(
    `${name} takes part in the lab, with headers of its own`,
    { skip: notBuilt ?? whyNoUws() ?? false },
    async () => {
      assert.ok((await takesPart(name)).includes('different-headers'));
    },
  );
}

for (const { rival, tool } of debianRivals) {
  const skip = tool === undefined ? false : whyNot(findTool(tool));
  test(`${rival.name} takes part in the lab, with headers of its own`, { skip }, async () => {
    assert.ok((await takesPart(rival.name)).includes('different-headers'));
  });
}

test('one that answers / alone is left out, by name, of what asks for more', { skip: whyNot({}) }, async () => {
  const { skipped } = await runOnce(stall, ['nginx', 'c-epoll']);
  assert.match(skipped['nginx'] ?? '', /^it answers \/ alone/);
  assert.match(skipped['c-epoll'] ?? '', /^it answers \/ alone/);
});

test('field: requests per second by the line of wrk, and its CPU', { skip: whyNot(findTool('wrk')) }, async () => {
  const { samples } = await smokeOf(field, ['single']);
  const [sample] = samples;
  assert.match(sample?.variant ?? '', /^wrk -c 100 -t 12 -d 1s$/);
  assert.ok((sample?.completed ?? 0) > 0);
  assert.ok((sample?.numbers['rate'] ?? 0) > 0 && (sample?.numbers['wrk CPU %'] ?? -1) >= 0);
});

for (const name of ['wrk', 'h2load', 'oha', 'autocannon'] as const) {
  const found = name === 'autocannon' ? presentAutocannon() : findTool(name);
  test(`${name} asks a server at full speed`, { skip: whyNot(found) }, async () => {
    const { samples } = await smokeOf(generator, [name]);
    const rates = samples.map(({ numbers }) => numbers['rate']);
    const forNew = typeof closedLoops[name].words(newConnections) !== 'string';
    assert.deepEqual(rates.map((rate = 0) => rate > 0), [forNew, true]); // prettier-ignore
  });
}
