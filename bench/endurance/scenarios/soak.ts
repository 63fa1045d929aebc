/** All of it at random. */
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { readRssBytes } from '../../../src/supervisor/proc.js';
import type { Ours } from '../ours.js';
import type { Scenario, Stage } from '../scenario.js';
import { killOne, stopOne } from './failing.js';

const BETWEEN_MS = { least: 200, most: 2_000 };
const MINUTE_MS = 60_000;

type Act = (stage: Stage<Ours>) => Promise<void>;

/** With how often each comes. A master that is replaced cannot show that it grows, so that is rare. */
const ACTS: [weight: number, act: Act][] = [
  [30, killOne],
  [25, ({ subject }) => subject.reload()],
  [25, ({ subject, random, workers }) => subject.scale(random.between(1, 2 * workers))],
  [16, stopOne],
  [2, ({ subject }) => subject.upgrade()],
  [2, ({ subject }) => subject.replaceDeadMaster()],
];

export const soak: Scenario = {
  name: 'soak',
  unit: 'minutes of all at random',
  defaultCount: 30,
  onlyOurs: true,
  act: async (stage) => {
    const { subject, random, workers, count, evidence } = stage;
    const end = performance.now() + count * MINUTE_MS;
    while (performance.now() < end) {
      await pick(stage)(stage);
      await sample(stage);
      await delay(random.between(BETWEEN_MS.least, BETWEEN_MS.most));
    }
    await subject.scale(workers).catch((error: Error) => evidence.violations.push(error.message));
  },
};

function pick({ random }: Stage<Ours>): Act {
  let rest = random.between(
    1,
    ACTS.reduce((sum, [weight]) => sum + weight, 0),
  );
  const found = ACTS.find(([weight]) => (rest -= weight) <= 0);
  return found?.[1] ?? killOne;
}

async function sample({ subject, evidence }: Stage<Ours>): Promise<void> {
  const { pid } = await subject.status();
  const descriptors = readdirSync(`/proc/${pid}/fd`).length;
  evidence.samples.push({ atMs: performance.now(), pid, descriptors, rssBytes: readRssBytes(pid) ?? 0 });
}
