import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Ours } from '../../bench/endurance/ours.js';
import { runScenario } from '../../bench/endurance/run.js';
import type { Scenario } from '../../bench/endurance/scenario.js';
import { stopOne } from '../../bench/endurance/scenarios/failing.js';
import { loadgenFile } from '../../bench/paths.js';
import { notRoot } from '../helpers/cli.js';
import { FRAMEWORKS, whyNotInstalled } from './frameworks-installed.js';

/** The short form of `npm run endurance`, without kills of workers: whatever is lost here is lost by us. */
const WORKERS = 2;
const once: Scenario = {
  name: 'once',
  unit: 'time all of it',
  defaultCount: 1,
  onlyOurs: true,
  act: async (stage) => {
    const { subject } = stage;
    await subject.reload();
    await subject.scale(WORKERS + 1);
    await subject.scale(WORKERS);
    await subject.upgrade();
    await stopOne(stage);
    await subject.replaceDeadMaster();
    // The second master dies in the middle of its rollout.
    await subject.replaceDeadMaster();
    await subject.settled(WORKERS);
  },
};

async function assertNothingLost(asNobody: boolean): Promise<void> {
  const result = await runScenario({
    scenario: once,
    rival: { name: 'reuseport', refuses: () => undefined, start: (plan) => Ours.start(plan, asNobody) },
    count: 1,
    workers: WORKERS,
    ratePerSecond: 200,
    keepAlive: 20,
    websockets: 5,
    wsModule: path.join(FRAMEWORKS, 'node_modules', 'ws'),
    killEveryMs: 200,
    seed: 7,
    options: [],
  });
  const { violations, load, clients, log } = result;
  assert.deepEqual(violations, [], log);
  assert.ok(load.answered >= 200, `${load.answered} new connections`);
  assert.ok(clients.requests >= 20, `${clients.requests} requests on kept connections`);
  assert.ok(clients.told >= 5, `${clients.told} WebSockets were told`);
}

const missing = existsSync(loadgenFile)
  ? (whyNotInstalled() ?? false)
  : 'loadgen is not built: npm run bench builds it';

test(
  'a reload, a change of scale, an upgrade, a stopped worker and two deaths of the master lose nothing',
  { skip: missing },
  () => assertNothingLost(false),
);

test('the same without any rights', { skip: missing === false ? notRoot : missing }, () => assertNothingLost(true));
