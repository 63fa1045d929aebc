// The rivals of `reuseport bench` that are installed on demand: each is started, answers the same as the others, is measured,
// and leaves no process.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { presentRivals } from '../../bench/install.js';
import type { LabScenario } from '../../bench/lab/scenario.js';
import { churn } from '../../bench/lab/scenarios/throughput.js';
import { loadgenFile } from '../../bench/paths.js';
import { noBinaries, smoke } from '../helpers/lab-smoke.js';

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

async function takesPart(name: string): Promise<string[]> {
  const { samples, warnings } = await smoke(atFullSpeed, ['single', name], { ...noBinaries, ...installed });
  const sample = samples.find(({ rival }) => rival === name);
  assert.ok((sample?.completed ?? 0) > 0);
  assert.ok((sample?.numbers['CPU µs'] ?? 0) > 0);
  const reasons = warnings.map(({ reason }) => reason);
  assert.ok(!reasons.includes('different-bytes'), JSON.stringify(warnings));
  return reasons;
}

const whyNot = (found: object | string): string | false => notBuilt ?? (typeof found === 'string' ? found : false);

test('PM2 takes part in the lab', { skip: whyNot(installed.pm2) }, () => takesPart('pm2').then(() => {}));
test('Watt takes part in the lab', { skip: whyNot(installed.watt) }, () => takesPart('watt').then(() => {}));
